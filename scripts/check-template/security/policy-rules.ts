import type { Packaged } from "../packaged.ts";
import { roleStatements, statementsOf } from "../statements.ts";
import { allowedBy, listOf, nameOf } from "./rule.ts";
import type { SecurityRule } from "./rule.ts";

/** All inline policies of a role together, white space not counted (IAM and AWS STS quotas). */
const mostInlineCharacters = 10_240;

/** What a key's own policy must allow, or nobody could ever change the key. */
const wholeKey = "Account";

export const policyRules: readonly SecurityRule[] = [
  {
    name: "rights are on things of this account, on images, and on what a parameter names",
    problems: (one) =>
      allowedBy(one)
        .filter(({ type }) => type === "AWS::IAM::Role")
        .flatMap((found) =>
          listOf(found.statement.Resource)
            .filter((resource) => !isKnown(one, resource))
            .map((resource) => `${nameOf(found)}: ${resource} is nobody's whom a parameter names`),
        ),
  },
  {
    name: "no action that is allowed has a wildcard",
    problems: (one) =>
      allowedBy(one).flatMap((found) => {
        const { Sid, Action, NotAction } = found.statement;
        const wild = listOf(Action).filter((action) => action.includes("*") && Sid !== wholeKey);
        const rest = listOf(NotAction).length > 0 ? ["NotAction"] : [];
        return [...wild, ...rest].map((action) => `${nameOf(found)} ${action}: name each action`);
      }),
  },
  {
    name: "whoever is let in is a service of AWS, for a source of this account, or the account itself",
    problems: (one) =>
      allowedBy(one).flatMap((found) => {
        const { Principal: principal = null, Condition: condition = {} } = found.statement;
        if (JSON.stringify(principal).includes('"*"')) return [`${nameOf(found)}: everybody is let in`];
        const isSender = /^AWS::(?:SQS|SNS)::/.test(found.type);
        const isBound = /"aws:Source(?:Arn|Account)"/.test(JSON.stringify(condition));
        return isSender && !isBound
          ? [`${nameOf(found)}: say whose events, by aws:SourceArn or aws:SourceAccount`]
          : [];
      }),
  },
  {
    name: "functions are invoked by what this stack names only",
    problems: (one) =>
      one
        .all("AWS::Lambda::Permission")
        .filter(({ properties }) => !JSON.stringify(properties["SourceArn"] ?? "").includes(`:${one.place.account}:`))
        .map(({ id }) => `${id}: say who may invoke it, by SourceArn`),
  },
  {
    name: "queues and topics take nothing in the clear",
    problems: (one) => {
      const encrypted = statementsOf(one.template, one.place)
        .filter(({ statement: { Effect, Principal } }) => Effect === "Deny" && Principal === "*")
        .filter(({ statement }) => JSON.stringify(statement.Condition) === '{"Bool":{"aws:SecureTransport":"false"}}')
        .flatMap(({ statement }) => listOf(statement.Resource));
      const queues = one.ids("AWS::SQS::Queue").map((id) => [id, one.value(id, "Arn")] as const);
      const topics = one.ids("AWS::SNS::Topic").map((id) => [id, one.value(id)] as const);
      return [...queues, ...topics].flatMap(([id, arn]) =>
        encrypted.includes(arn) ? [] : [`${id}: its policy does not deny what comes without TLS`],
      );
    },
  },
  {
    name: "each role is one kind of service's, and each function has a role of its own",
    problems: (one) => {
      const trust = statementsOf(one.template, one.place).filter(
        ({ property }) => property === "AssumeRolePolicyDocument",
      );
      const strange = trust
        .filter(
          ({ statement }) => !/^\{"Service":"[a-z0-9-]+\.amazonaws\.com"\}$/.test(JSON.stringify(statement.Principal)),
        )
        .map(({ id }) => `${id}: its trust policy lets in more than one service`);
      const untrusted = one.ids("AWS::IAM::Role").filter((role) => trust.filter(({ id }) => id === role).length !== 1);
      const roles = one.all("AWS::Lambda::Function").map(({ properties }) => String(properties["Role"]));
      const shared = roles.filter((role, index) => roles.indexOf(role) !== index);
      return [
        ...strange,
        ...untrusted.map((id) => `${id}: its trust policy is not one statement`),
        ...shared.map((role) => `${role}: two functions have this role`),
      ];
    },
  },
  {
    name: "every function writes into its own log, and nothing makes log groups",
    problems: (one) => [
      ...one.all("AWS::Lambda::Function").flatMap(({ id, properties }) => {
        const role = one.idOf("AWS::IAM::Role", String(properties["Role"]), "Arn") ?? "";
        const group = `:log-group:/aws/lambda/${String(properties["FunctionName"])}:*`;
        const logs = roleStatements(one.template, role, one.place)
          .filter(
            ({ Action, Effect }) => Effect === "Allow" && listOf(Action).some((action) => action.startsWith("logs:")),
          )
          .flatMap(({ Resource }) => listOf(Resource));
        return logs.length === 1 && logs[0]?.endsWith(group)
          ? []
          : [`${role}: logs of ${id} and of nothing else, please`];
      }),
      ...allowedBy(one)
        .filter(({ statement }) => listOf(statement.Action).includes("logs:CreateLogGroup"))
        .map((found) => `${nameOf(found)} logs:CreateLogGroup: a group that it makes is kept for ever`),
    ],
  },
  {
    name: "a role's inline policies fit into what IAM takes",
    problems: (one) =>
      one.all("AWS::IAM::Role").flatMap(({ id, properties }) => {
        const documents = (properties["Policies"] ?? []) as readonly { readonly PolicyDocument: unknown }[];
        const characters = documents.reduce(
          (sum, { PolicyDocument }) => sum + JSON.stringify(PolicyDocument).length,
          0,
        );
        return characters < mostInlineCharacters
          ? []
          : [`${id}: ${characters} characters of inline policies, but IAM takes ${mostInlineCharacters}`];
      }),
  },
];

function isKnown({ place, given }: Packaged, resource: string): boolean {
  return (
    resource === "*" ||
    resource.split(":")[4] === place.account ||
    resource.endsWith(":ec2:*::image/*") ||
    given.jobRoles.includes(resource)
  );
}
