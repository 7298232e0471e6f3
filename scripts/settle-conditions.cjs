// A plugin of the framework: decides the template's conditions when it is packaged (scripts/deployment/settle-conditions.ts).
module.exports = function SettleConditions(serverless) {
  this.hooks = {
    "before:aws:package:finalize:saveServiceState": async () => {
      const { settleConditions } = await import("./deployment/settle-conditions.ts");
      const { provider } = serverless.service;
      provider.compiledCloudFormationTemplate = settleConditions(provider.compiledCloudFormationTemplate);
    },
  };
};
