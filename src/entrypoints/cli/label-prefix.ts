/** First part of the labels that are ours, as installations have it unless their operator chose another one. */
export const labelPrefix = "mayfly";
