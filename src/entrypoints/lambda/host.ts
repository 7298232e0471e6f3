import { STSClient } from "@aws-sdk/client-sts";
import { ec2Identity } from "../../adapters/compute/ec2/ec2-identity.ts";
import { stsRoles } from "../../adapters/roles/sts-roles.ts";
import { awsBase } from "../compose/aws/aws-base.ts";
import { composeCore } from "../compose/aws/core-ports.ts";
import { endingMachines } from "../compose/aws/ending.ts";
import { onceReach } from "../compose/aws/reach.ts";
import { hostFunction } from "./host-function.ts";
import { measuredHandler } from "./measured-handler.ts";
import { readCoreSettings } from "./settings/core-settings.ts";
import { readEnvironment } from "./settings/environment.ts";

const settings = readEnvironment(process.env, readCoreSettings);
const base = awsBase("host", settings);
const compute = endingMachines(settings, ec2Identity);
const roles = stsRoles({ client: new STSClient(onceReach(settings.region)) });
const open = composeCore(base, settings, { compute, roles });

/** The host channel: claims, questions about jobs, events. */
export const handler = measuredHandler(base.metrics, hostFunction(open, base.log));
