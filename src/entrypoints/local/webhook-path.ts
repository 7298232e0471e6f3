/** Where Probot's server takes webhooks. */
export const webhookPath = "/api/github/webhooks";
