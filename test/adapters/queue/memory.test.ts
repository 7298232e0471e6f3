import { memoryQueue } from "../../../src/adapters/queue/memory.ts";
import { queueContract } from "../../contract/queue.ts";

queueContract("memory", async (clock, options) => memoryQueue(clock, options));
