import { jest } from "@jest/globals";
import { sqsQueue } from "../../../src/adapters/queue/sqs.ts";
import { queueContract } from "../../contract/queue.ts";
import { fauxqsQueues } from "../../helpers/fauxqs-queue.ts";

const sqs = fauxqsQueues();

queueContract(
  "sqs",
  async (clock, { visibilitySeconds }) => {
    // fauxqs runs in this process and knows the time from here only
    jest.spyOn(Date, "now").mockImplementation(() => clock.nowMs());
    return sqsQueue({ client: sqs.client(), ...sqs.newQueue(visibilitySeconds), waitSeconds: 0 });
  },
  // DeleteMessage with a handle that is not the newest "succeeds, but the message might not be deleted"
  { endsLate: false },
);
