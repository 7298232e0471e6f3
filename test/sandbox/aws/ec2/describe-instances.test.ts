import { DescribeInstancesCommand, paginateDescribeInstances } from "@aws-sdk/client-ec2";
import type { DescribeInstancesCommandInput } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { errorOf, startRig, subnetA, subnetB } from "./rig.ts";
import type { Rig } from "./rig.ts";

let rig: Rig;
const ids: string[] = [];

beforeAll(async () => {
  rig = await startRig();
  for (let index = 0; index < 12; index += 1) {
    ids.push(
      await rig.launch({
        ClientToken: `token-${index}`,
        SubnetId: index % 2 === 0 ? subnetA : subnetB,
        ...(index === 11 ? { InstanceMarketOptions: { MarketType: "spot" as const } } : {}),
        TagSpecifications: [
          {
            ResourceType: "instance",
            Tags: [
              { Key: "mayfly:runner", Value: `mayfly-${index}-1` },
              ...(index === 3 ? [{ Key: "odd", Value: "a*b?\\" }] : []),
              ...(index === 4 ? [{ Key: "odd", Value: "aXbY\\" }] : []),
            ],
          },
        ],
      }),
    );
  }
  await Promise.all(ids.map(async (id) => await rig.reaches(id, "running")));
  rig.machines.find(({ options }) => options.instanceId === ids[5])?.shutDown();
  await rig.reaches(ids[5] ?? "", "stopped");
});
afterAll(async () => {
  await rig.close();
});

const send = (input: DescribeInstancesCommandInput) => rig.ec2.send(new DescribeInstancesCommand(input));

/** Places in the order of launch of what a description shows. */
async function found(input: DescribeInstancesCommandInput): Promise<number[]> {
  const { Reservations = [] } = await send(input);
  return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId = "" }) => ids.indexOf(InstanceId)));
}

const filter = (Name: string, ...Values: string[]) => ({ Filters: [{ Name, Values }] });
const all = Array.from({ length: 12 }, (_, index) => index);

describe("filters", () => {
  test.each<[string, DescribeInstancesCommandInput, number[]]>([
    ["none", {}, all],
    ["a state", filter("instance-state-name", "stopped"), [5]],
    ["one of two states", filter("instance-state-name", "stopped", "running"), all],
    ["a tag", filter("tag:mayfly:runner", "mayfly-7-1"), [7]],
    ["a tag by wildcard", filter("tag:mayfly:runner", "mayfly-1*"), [1, 10, 11]],
    ["a tag by one character", filter("tag:mayfly:runner", "mayfly-?-1"), all.slice(0, 10)],
    ["wildcards that stand for themselves", filter("tag:odd", "a\\*b\\?\\\\"), [3]],
    ["wildcards that do not", filter("tag:odd", "a*b?\\\\"), [3, 4]],
    ["no part of a value", filter("tag:mayfly:runner", "mayfly-7"), []],
    ["upper and lower case are different", filter("tag:mayfly:runner", "MAYFLY-7-1"), []],
    ["a key", filter("tag-key", "odd"), [3, 4]],
    ["a client token", filter("client-token", "token-2"), [2]],
    ["spot", filter("instance-lifecycle", "spot"), [11]],
    ["a key that every object has", filter("tag:constructor", "*"), []],
    [
      "two filters at once",
      { Filters: [...filter("subnet-id", subnetA).Filters, ...filter("tag-key", "odd").Filters] },
      [4],
    ],
  ])("%s", async (_, input, expected) => {
    expect(await found(input)).toEqual(expected);
  });

  test("by ids, each once, in their order", async () => {
    expect(await found({ InstanceIds: [ids[3] ?? "", ids[1] ?? "", ids[3] ?? ""] })).toEqual([3, 1]);
  });

  test("by ids and filter", async () => {
    const InstanceIds = [ids[3] ?? "", ids[5] ?? ""];
    expect(await found({ InstanceIds, ...filter("instance-state-name", "running") })).toEqual([3]);
  });
});

describe("pages", () => {
  test("of the given size, until there is no token", async () => {
    const first = await send({ MaxResults: 5 });
    const second = await send({ MaxResults: 5, NextToken: first.NextToken });
    const third = await send({ MaxResults: 5, NextToken: second.NextToken });
    expect([first, second, third].map(({ Reservations }) => Reservations?.length)).toEqual([5, 5, 2]);
    expect(third.NextToken).toBeUndefined();
  });

  test("a page can be empty and not the last one, as in EC2; the SDK's paginator finds everything", async () => {
    const request = { MaxResults: 5, ...filter("tag:mayfly:runner", "mayfly-11-1") };
    const first = await send(request);
    expect([first.Reservations, typeof first.NextToken]).toEqual([[], "string"]);
    const seen: string[] = [];
    for await (const page of paginateDescribeInstances({ client: rig.ec2, pageSize: 5 }, filter("tag-key", "odd"))) {
      for (const { Instances = [] } of page.Reservations ?? []) seen.push(Instances[0]?.InstanceId ?? "");
    }
    expect(seen).toEqual([ids[3], ids[4]]);
  });

  test.each<[string, () => Promise<DescribeInstancesCommandInput>, string, string]>([
    ["fewer than 5", async () => ({ MaxResults: 4 }), "InvalidParameterValue", "greater than 5"],
    ["more than 1000", async () => ({ MaxResults: 1001 }), "InvalidParameterValue", "1000"],
    [
      "with ids",
      async () => ({ MaxResults: 5, InstanceIds: ids.slice(0, 1) }),
      "InvalidParameterCombination",
      "maxResults",
    ],
    ["a token of nobody", async () => ({ NextToken: "bm9uc2Vuc2U" }), "InvalidNextToken", "corrupted"],
    [
      "a token of another request",
      async () => ({ NextToken: (await send({ MaxResults: 5 })).NextToken, ...filter("tag-key", "odd") }),
      "InvalidNextToken",
      "corrupted",
    ],
    ["an unknown filter", async () => filter("color", "red"), "InvalidParameterValue", "'color' is invalid"],
    ["a filter without values", async () => filter("tag-key"), "InvalidParameterValue", "at least one"],
    [
      "201 values",
      async () => filter("tag-key", ...all.concat(Array(189).fill(0)).map(String)),
      "FilterLimitExceeded",
      "",
    ],
    ["an id that is none", async () => ({ InstanceIds: ["i-xyz"] }), "InvalidInstanceID.Malformed", '"i-xyz"'],
    [
      "an unknown id",
      async () => ({ InstanceIds: [ids[0] ?? "", "i-00000000000000000"] }),
      "InvalidInstanceID.NotFound",
      "The instance ID 'i-00000000000000000' does not exist",
    ],
    [
      "two unknown ids",
      async () => ({ InstanceIds: ["i-00000000", "i-00000001"] }),
      "InvalidInstanceID.NotFound",
      "The instance IDs 'i-00000000, i-00000001' do not exist",
    ],
  ])("refused: %s", async (_, input, name, words) => {
    const error = await errorOf(send(await input()));
    expect(error).toEqual({ name, status: 400, message: expect.stringContaining(words) });
  });
});

describe("the first seconds of an instance (fault not-found-yet)", () => {
  const runner = filter("tag:mayfly:runner", "mayfly-new-1");
  const launchNew = async (): Promise<string> =>
    await rig.launch({
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "mayfly:runner", Value: "mayfly-new-1" }] }],
    });

  test("by filter: nothing; by id: NotFound; older ones are there; then it is there", async () => {
    const id = await launchNew();
    rig.breakNext("DescribeInstances", "not-found-yet");
    expect((await send(runner)).Reservations).toEqual([]);
    rig.breakNext("DescribeInstances", "not-found-yet");
    expect((await errorOf(rig.describe(id))).name).toBe("InvalidInstanceID.NotFound");
    rig.breakNext("DescribeInstances", "not-found-yet");
    expect(await found({})).toEqual(all);
    expect((await rig.describe(id)).InstanceId).toBe(id);
    rig.breakNext("DescribeInstances", "not-found-yet");
    // what has been shown is known for good
    expect((await rig.describe(id)).InstanceId).toBe(id);
  });
});
