import type { CallErrorFacts } from "../../../core/errors/call-error.ts";
import type { Candidate } from "../../../core/model/machine.ts";

export type ErrorRow = Pick<CallErrorFacts, "kind" | "blocks" | "quota"> & {
  /** The quota is the one for vCPUs of the candidate's family in this market, which the code alone tells. */
  readonly ofVcpus?: Candidate["market"];
};

const noRoom: ErrorRow = { kind: "capacity", blocks: "candidate" };
const noRoomInSubnet: ErrorRow = { kind: "capacity", blocks: "subnet" };
const throttled: ErrorRow = { kind: "rate-limited" };
const unavailable: ErrorRow = { kind: "unavailable" };
const unauthorized: ErrorRow = { kind: "unauthorized" };
const forbidden: ErrorRow = { kind: "forbidden" };
const invalid: ErrorRow = { kind: "invalid" };

/**
 * What EC2's error codes mean (Error codes for the Amazon EC2 API, 2026). `*` stands for any text; a code written
 * out goes before that, else the first that fits. A code that is not here goes by its HTTP status.
 */
export const errorTable: Readonly<Record<string, ErrorRow>> = {
  // another type, zone or market may have room
  InsufficientInstanceCapacity: noRoom,
  InsufficientHostCapacity: noRoom,
  InsufficientCapacityOnHost: noRoom,
  InsufficientCapacity: noRoom,
  UnfulfillableCapacity: noRoom,
  ReservationCapacityExceeded: noRoom,
  // this type is not offered in this zone
  Unsupported: noRoom,
  "SpotCapacity*": noRoom,
  InsufficientFreeAddressesInSubnet: noRoomInSubnet,
  InsufficientVolumeCapacity: noRoomInSubnet,
  VolumeTypeNotAvailableInZone: noRoomInSubnet,
  MaxSpotInstanceCountExceeded: { kind: "capacity", blocks: "market", ofVcpus: "spot" },
  SpotMaxPriceTooLow: { kind: "capacity", blocks: "market" },
  // a quota of the account
  VcpuLimitExceeded: { kind: "quota", ofVcpus: "on-demand" },
  InstanceLimitExceeded: { kind: "quota", ofVcpus: "on-demand" },
  VolumeLimitExceeded: { kind: "quota", quota: "Storage for General Purpose SSD (gp3) volumes (L-7A658B76)" },
  NetworkInterfaceLimitExceeded: { kind: "quota", quota: "Network interfaces per Region (L-DF5E4CA3)" },
  // it passes
  RequestLimitExceeded: throttled,
  Throttling: throttled,
  ThrottlingException: throttled,
  ThrottledException: throttled,
  RequestThrottled: throttled,
  RequestThrottledException: throttled,
  TooManyRequestsException: throttled,
  EC2ThrottledException: throttled,
  BandwidthLimitExceeded: throttled,
  InternalError: unavailable,
  InternalFailure: unavailable,
  InternalServerError: unavailable,
  ServiceUnavailable: unavailable,
  Unavailable: unavailable,
  IncorrectState: unavailable,
  IncorrectInstanceState: unavailable,
  // the machine that this token started is there, but cannot be seen yet
  IdempotentParameterMismatch: { kind: "lost-reply" },
  // our credentials
  AuthFailure: unauthorized,
  InvalidClientTokenId: unauthorized,
  UnrecognizedClientException: unauthorized,
  SignatureDoesNotMatch: unauthorized,
  IncompleteSignature: unauthorized,
  MissingAuthenticationToken: unauthorized,
  RequestExpired: unauthorized,
  ExpiredToken: unauthorized,
  ExpiredTokenException: unauthorized,
  // the SDK found none: nothing was sent
  CredentialsProviderError: unauthorized,
  // the operator has to mend it
  UnauthorizedOperation: forbidden,
  AccessDenied: forbidden,
  AccessDeniedException: forbidden,
  "AuthFailure.*": forbidden,
  OperationNotPermitted: forbidden,
  OptInRequired: forbidden,
  PendingVerification: forbidden,
  Blocked: forbidden,
  UnsupportedOperation: invalid,
  UnsupportedInstanceTypeOnHost: invalid,
  DryRunOperation: invalid,
  "MissingParameter*": invalid,
  "UnknownParameter*": invalid,
  ValidationError: invalid,
  // image, subnet, security group, launch template and its version, machine
  "Invalid*NotFound*": { kind: "not-found" },
  // InvalidParameterValue, InvalidAMIID.Malformed, InvalidUserData.Malformed and the like
  "Invalid*": invalid,
};
