import { beforeAll, describe, expect, test } from "@jest/globals";
import { metricRules } from "../../../src/core/metrics.ts";
import { sourceFiles } from "../source-files.ts";
import type { Packaged } from "../../../scripts/check-template/packaged.ts";
import type { Variant } from "../../../scripts/check-template/variants.ts";

/** Dashboard, alarms, notifications and saved queries: that they show what is measured and look for what is written. */
export function observability(packaged: () => Record<Variant, Packaged>): void {
  let one: Packaged;
  let standard: Packaged;
  beforeAll(() => {
    ({ everything: one, standard } = packaged());
  });

  type Metric = {
    readonly namespace: string;
    readonly name: string;
    readonly dimensions: Readonly<Record<string, string>>;
  };

  /** Dimensions with which AWS publishes them (their pages in the services' guides). */
  const ofAws: Readonly<
    Record<string, { readonly metrics: readonly string[]; readonly dimensions: readonly string[] }>
  > = {
    "AWS/Lambda": {
      metrics: ["Errors", "Throttles", "Duration", "Invocations", "ConcurrentExecutions"],
      dimensions: ["FunctionName"],
    },
    "AWS/SQS": {
      metrics: [
        "ApproximateAgeOfOldestMessage",
        "ApproximateNumberOfMessagesVisible",
        "ApproximateNumberOfMessagesNotVisible",
      ],
      dimensions: ["QueueName"],
    },
    // Of the metric filter; see "watch the webhook's own route".
    "Mayfly/mayfly-prod": { metrics: ["WebhookErrors"], dimensions: [] },
    "AWS/ApiGateway": { metrics: ["Count", "4xx", "5xx", "Latency"], dimensions: ["ApiId", "Stage"] },
  };

  /** What is wrong with a metric's name or dimensions; nobody else would say so, graphs would only stay empty. */
  function problemOf({ namespace, name, dimensions }: Metric): string | undefined {
    const names = Object.keys(dimensions).toSorted().join();
    if (namespace === "Mayfly") {
      const rule = (metricRules as Readonly<Record<string, { readonly dimensions: readonly string[] }>>)[name];
      if (rule === undefined) return `${name} is not measured`;
      const wanted = ["stack", ...rule.dimensions].toSorted().join();
      return names === wanted && dimensions["stack"] === "mayfly-prod"
        ? undefined
        : `${name} has ${wanted}, not ${names}`;
    }
    const known = ofAws[namespace];
    if (known?.metrics.includes(name) !== true) return `${namespace} has no ${name}`;
    return names === known.dimensions.join() ? undefined : `${name} has ${known.dimensions.join()}, not ${names}`;
  }

  type Widget = {
    readonly type: string;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly properties: {
      readonly title?: string;
      readonly region?: string;
      readonly metrics?: readonly (readonly (string | Record<string, unknown>)[])[];
      readonly alarms?: readonly string[];
    };
  };

  function widgets(): readonly Widget[] {
    const body = one.properties("Dashboard")["DashboardBody"];
    return (JSON.parse(String(body)) as { readonly widgets: readonly Widget[] }).widgets;
  }

  function metricsOf({ properties: { metrics = [] } }: Widget): Metric[] {
    return metrics.flatMap((row) => {
      const [namespace, name, ...rest] = row.filter((part) => typeof part === "string");
      if (namespace === undefined || name === undefined) return [];
      const pairs = Array.from({ length: rest.length / 2 }, (_, at) => [rest[2 * at], rest[2 * at + 1]] as const);
      return [{ namespace, name, dimensions: Object.fromEntries(pairs) as Record<string, string> }];
    });
  }

  describe("the dashboard", () => {
    test("is JSON with nothing left to fill in, in this region", () => {
      expect(JSON.stringify(widgets())).not.toContain("${");
      const drawn = widgets().filter(({ type }) => type === "metric");
      expect(drawn.length).toBeGreaterThan(15);
      for (const { properties } of drawn) expect(properties.region).toBe("eu-central-1");
    });

    test("names metrics only that are measured, with the dimensions that they have", () => {
      const metrics = widgets().flatMap(metricsOf);
      expect(metrics.length).toBeGreaterThan(80);
      expect(metrics.map(problemOf).filter((problem) => problem !== undefined)).toEqual([]);
    });

    test("shows everything that is measured", () => {
      const shown = new Set(
        widgets()
          .flatMap(metricsOf)
          .map(({ name }) => name),
      );
      expect(Object.keys(metricRules).filter((name) => !shown.has(name))).toEqual([]);
    });

    test("has expressions that name metrics of their own widget", () => {
      const expressions = widgets().flatMap(({ properties: { title, metrics = [] } }) => {
        const options = metrics.map((row) => row.at(-1)).filter((last) => typeof last === "object");
        const ids = new Set(options.map(({ id }) => id));
        return options
          .filter(({ expression }) => expression !== undefined)
          .map(({ expression }) => {
            const used = String(expression).match(/\b[a-z][a-z0-9]*_[a-z]+\b/g) ?? [];
            return { title, used, unknown: used.filter((id) => !ids.has(id)) };
          });
      });
      expect(expressions).toEqual([
        {
          title: "Success rate, without cancelled jobs",
          used: expect.arrayContaining(["lambda_success", "ec2_lost"]),
          unknown: [],
        },
      ]);
    });

    test("lies on CloudWatch's grid without gaps on top of each other", () => {
      const cells = widgets().flatMap(({ x, y, width, height }) =>
        Array.from({ length: width * height }, (_, at) => `${x + (at % width)},${y + Math.floor(at / width)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
      expect(widgets().every(({ x, width }) => x + width <= 24)).toBe(true);
    });

    test("shows every alarm", () => {
      const shown = widgets().flatMap(({ properties: { alarms = [] } }) => alarms);
      expect(shown).toHaveLength(one.ids("AWS::CloudWatch::Alarm").length);
      expect(
        shown.every((arn) => /^arn:aws:cloudwatch:eu-central-1:123456789012:alarm:mayfly-prod-[a-z-]+$/.test(arn)),
      ).toBe(true);
    });
  });

  type Alarm = {
    readonly AlarmName: string;
    readonly Namespace?: string;
    readonly MetricName?: string;
    readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
    readonly Statistic?: string;
    readonly Period?: number;
    readonly ComparisonOperator: string;
    readonly Threshold: number;
    readonly TreatMissingData: string;
  };

  const alarms = (): Alarm[] =>
    one.all("AWS::CloudWatch::Alarm").map(({ properties }) => properties as unknown as Alarm);

  describe("alarms", () => {
    // name, metric, statistic, seconds, threshold
    test.each([
      ["webhook-errors", "Mayfly/mayfly-prod WebhookErrors", "Sum", 300, 0],
      ["dead-letters", "AWS/SQS ApproximateNumberOfMessagesVisible", "Maximum", 300, 0],
      ["old-messages", "AWS/SQS ApproximateAgeOfOldestMessage", "Maximum", 300, 900],
      ["launch-failures", "Mayfly LaunchFailures", "Sum", 300, 5],
      ["runner-errors", "AWS/Lambda Errors", "Sum", 300, 5],
      ["runner-throttles", "AWS/Lambda Throttles", "Sum", 300, 0],
      ["runner-duration", "AWS/Lambda Duration", "Maximum", 300, 840_000],
      ["unheard-jobs", "Mayfly UnheardJobs", "Sum", 300, 0],
      ["image-age", "Mayfly ImageAge", "Maximum", 3600, 25],
    ])("%s: %s, %s of %i s above %i", (name, metric, statistic, seconds, threshold) => {
      const alarm = alarms().find(({ AlarmName }) => AlarmName === `mayfly-prod-${name}`);
      expect(alarm).toMatchObject({
        Statistic: statistic,
        Period: seconds,
        ComparisonOperator: "GreaterThanThreshold",
        Threshold: threshold,
        TreatMissingData: "notBreaching",
      });
      expect(`${alarm?.Namespace ?? ""} ${alarm?.MetricName ?? ""}`).toBe(metric);
    });

    test("a schedule that stands still is one, although then nothing is measured", () => {
      expect(alarms().find(({ AlarmName }) => AlarmName === "mayfly-prod-schedule")).toMatchObject({
        MetricName: "Invocations",
        ComparisonOperator: "LessThanThreshold",
        Threshold: 1,
        TreatMissingData: "breaching",
      });
    });

    test("look at metrics that are measured", () => {
      const metrics = alarms()
        .filter(({ MetricName }) => MetricName !== undefined)
        .map(({ Namespace: namespace = "", MetricName: name = "", Dimensions: dimensions = [] }) => ({
          namespace,
          name,
          dimensions: Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value])),
        }));
      expect(metrics.map(problemOf).filter((problem) => problem !== undefined)).toEqual([]);
      const [queue, dead] = ["old-messages", "dead-letters"].map(
        (name) => alarms().find(({ AlarmName }) => AlarmName.endsWith(name))?.Dimensions?.[0]?.Value,
      );
      expect([queue, dead]).toEqual([
        expect.stringContaining("-WorkQueue-"),
        expect.stringContaining("-DeadLetterQueue-"),
      ]);
    });

    test("watch the webhook's own route: the host channel answers 503 on purpose", () => {
      const [filter, ...others] = one.all("AWS::Logs::MetricFilter");
      expect(others).toEqual([]);
      const alarm = alarms().find(({ AlarmName }) => AlarmName.endsWith("webhook-errors"));
      expect(alarm?.Dimensions).toBeUndefined();
      expect(filter?.properties).toMatchObject({
        FilterPattern: '{ ($.route = "POST /api/github/webhooks") && ($.status = "5*") }',
        MetricTransformations: [{ MetricNamespace: alarm?.Namespace, MetricName: alarm?.MetricName, MetricValue: "1" }],
      });
    });

    test("say what they mean, and tell people when they begin and when they are over", () => {
      for (const { properties } of one.all("AWS::CloudWatch::Alarm")) {
        const { AlarmDescription: text, AlarmActions: begin, OKActions: over } = properties;
        expect(String(text).length).toBeGreaterThan(60);
        expect([begin, over]).toEqual([[expect.stringMatching(/:sns:|Alarms/)], begin]);
      }
    });
  });

  describe("notifications", () => {
    test("go to e-mail, Slack and Teams, each only when asked for", () => {
      expect(one.properties("AlarmEmail")).toMatchObject({ Protocol: "email", Endpoint: "ops@example.com" });
      const slack = one.properties("SlackChannel");
      expect(slack).toMatchObject({ SlackWorkspaceId: "T0123ABCD", SlackChannelId: "C0123ABCD" });
      expect(one.properties("TeamsChannel")).toMatchObject({ TeamsChannelId: "19%3aabc%40thread.tacv2" });
      expect(standard.ids("AWS::SNS::Subscription")).toEqual([]);
      expect(Object.values(standard.template.Resources).filter(({ Type }) => Type.startsWith("AWS::Chatbot"))).toEqual(
        [],
      );
      expect(standard.ids("AWS::SNS::Topic")).toHaveLength(1);
    });

    test("let a chat channel read metrics, whatever it asks for", () => {
      for (const id of ["SlackChannel", "TeamsChannel"]) {
        const guard = one.properties(id)["GuardrailPolicies"];
        expect(guard).toEqual([expect.stringMatching(/policy\/mayfly-prod-ReadMetrics/)]);
        expect(one.properties("ChatRole")["ManagedPolicyArns"]).toEqual(guard);
      }
    });
  });

  describe("saved queries", () => {
    const queries = (): { readonly Name: string; readonly LogGroupNames: string[]; readonly QueryString: string }[] =>
      one.all("AWS::Logs::QueryDefinition").map(({ properties }) => properties as never);

    test("ask the logs of all four functions", () => {
      const names = queries().map(({ Name }) => Name.replace("mayfly-prod/", ""));
      expect(names.toSorted()).toEqual([
        "cost by repository",
        "errors and warnings",
        "failed launches",
        "one delivery",
        "refused jobs",
        "runners lost",
        "the story of one job",
      ]);
      const groups = ["webhook", "worker", "host", "schedule"].map((name) => `/aws/lambda/mayfly-prod-${name}`);
      for (const { LogGroupNames: asked } of queries()) expect(asked).toEqual(groups);
    });

    test("look for lines that are written, by fields that they have", () => {
      const source = sourceFiles("src")
        .map(({ text }) => text)
        .join("\n");
      const messages = queries().flatMap(({ QueryString: text }) =>
        [...text.matchAll(/message (?:=|in) (?<list>"[^"]+"|\[[^\]]+\])/g)].flatMap(({ groups }) =>
          [...(groups?.["list"] ?? "").matchAll(/"([^"]+)"/g)].map(([, message]) => message ?? ""),
        ),
      );
      expect(messages.length).toBeGreaterThan(5);
      expect(messages.filter((message) => !new RegExp(`log\\.\\w+\\("${message}"`).test(source))).toEqual([]);
      const given = "@timestamp @message service level message".split(" ");
      const fields = queries().flatMap(({ QueryString: text }) =>
        [...text.matchAll(/^fields (.+)$/gm)].flatMap(([, names]) => (names ?? "").split(", ")),
      );
      const unknown = [...new Set(fields)].filter(
        (name) => !given.includes(name) && !new RegExp(`\\b${name}\\b[:,]? `).test(source),
      );
      expect(unknown).toEqual([]);
    });
  });
}
