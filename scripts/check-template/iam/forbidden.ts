import type { Packaged } from "../packaged.ts";
import { packaged } from "../packaged.ts";
import type { Template } from "../../deployment/template.ts";
import { arnHere } from "./caller.ts";
import { changed, requestKey } from "./request.ts";
import type { Forbidden, Need } from "./request.ts";
import type { Subject } from "./subjects.ts";

const otherAccount = "999999999999";
const otherStage = "other";

/** The same service for another stage of the same account, whose things are not ours. */
export function otherStack(one: Packaged): Packaged {
  const { stack } = one.place;
  const [service = "", stage = ""] = stack.split(/-(.*)/s);
  const text = JSON.stringify(one.template)
    .replaceAll(stack, `${service}-${otherStage}`)
    .replaceAll(`/${service}/${stage}/`, `/${service}/${otherStage}/`);
  return packaged(JSON.parse(text) as Template, { ...one.place, stack: `${service}-${otherStage}` }, one.given);
}

type World = {
  readonly one: Packaged;
  readonly subjects: readonly Subject[];
  /** Of `otherStack`, in the same order. */
  readonly others: readonly Subject[];
};

/**
 * What a role must be denied: its own requests on things of other accounts and stacks, and without what makes them ours;
 * what the other roles are for; what nobody here is for.
 */
export function forbiddenTo(subject: Subject, { one, subjects, others }: World): Forbidden[] {
  const index = subjects.indexOf(subject);
  const elsewhere = others[index]?.needs ?? [];
  const all = [
    ...subject.needs.flatMap((need, at) => [
      ...need.not.map((change) => changed(need, change)),
      ...strange(need, elsewhere[at]),
    ]),
    ...subjects.flatMap(({ role, needs }) =>
      role === subject.role ? [] : needs.map((need) => ofRole(subject, role, need)),
    ),
    ...nobodys(one).map((each) => ({ ...each, context: { ...each.context, ...subject.inside } })),
  ];
  // Each once, for the first reason, and nothing that the role is for.
  const seen = new Set(subject.needs.map(requestKey));
  return all.filter((each) => {
    const key = requestKey(each);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** The same request elsewhere. What is another stack's by its tag or its network comes with that. */
function strange(need: Need, elsewhere: Need | undefined): Forbidden[] {
  const account = need.resource.replace(/^((?:[^:]*:){4})\d{12}:/, `$1${otherAccount}:`);
  const { resource = need.resource, context = need.context } = elsewhere ?? {};
  return [
    ...(account === need.resource ? [] : [changed(need, { why: "another account's", resource: account })]),
    ...(resource === need.resource ? [] : [changed(need, { why: "another stack's", resource, context })]),
  ];
}

/** What another role asks for, as this role would ask for it. */
function ofRole({ inside }: Subject, role: string, { action, resource, context }: Need): Forbidden {
  const { "lambda:SourceFunctionArn": _, ...rest } = context;
  return { action, resource, context: { ...rest, ...inside }, why: `for ${role} only` };
}

/** What would hurt most, if somebody got hold of a role. */
function nobodys(one: Packaged): Forbidden[] {
  const { account } = one.place;
  const here = (service: string, resource: string): string => arnHere(one, service, resource);
  const every = (type: string, attribute = "Arn"): string[] => one.all(type).map(({ id }) => one.value(id, attribute));
  const on = (why: string, action: string, resources: readonly string[]): Forbidden[] =>
    resources.map((resource) => ({ why, action, resource, context: {} }));
  return [
    ...on("anybody's data", "s3:GetObject", ["arn:aws:s3:::anything/at-all"]),
    ...on("code that would be deployed", "s3:PutObject", ["arn:aws:s3:::anything/at-all"]),
    ...on("the end of all records", "dynamodb:DeleteTable", every("AWS::DynamoDB::Table")),
    ...on("all records at once", "dynamodb:Scan", every("AWS::DynamoDB::Table")),
    ...on("the end of all work", "sqs:PurgeQueue", every("AWS::SQS::Queue")),
    ...on(
      "other credentials",
      "secretsmanager:PutSecretValue",
      one.ids("AWS::SecretsManager::Secret").map((id) => one.value(id)),
    ),
    ...on(
      "another policy",
      "ssm:PutParameter",
      one.ids("AWS::SSM::Parameter").map((id) => here("ssm", `parameter${one.value(id)}`)),
    ),
    ...on("other code", "lambda:UpdateFunctionCode", every("AWS::Lambda::Function")),
    ...on("logs gone", "logs:DeleteLogStream", [here("logs", "log-group:/aws/lambda/any:log-stream:one")]),
    ...on("the end of the key", "kms:ScheduleKeyDeletion", every("AWS::KMS::Key")),
    ...on("more rights", "iam:PutRolePolicy", [`arn:aws:iam::${account}:role/any`]),
    ...on("somebody's rights", "sts:AssumeRole", [`arn:aws:iam::${account}:role/admin`]),
  ];
}
