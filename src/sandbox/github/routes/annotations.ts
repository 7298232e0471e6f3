import { invalid, type Answer } from "../rest/answer.ts";
import type { CheckAnnotation, JobRecord } from "../state.ts";

export type AnnotationInput = {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column?: number;
  readonly end_column?: number;
  readonly annotation_level: string;
  readonly message: string;
  readonly title?: string;
  readonly raw_details?: string;
};

/** GitHub's documented limits of one request and one annotation. */
const MAX_A_REQUEST = 50;
const MAX_TITLE_LENGTH = 255;
const MAX_MESSAGE_BYTES = 65_536;

/** What GitHub answers to annotations that it does not take, or undefined. */
export function annotationsProblem(annotations: readonly AnnotationInput[]): Answer | undefined {
  if (annotations.length > MAX_A_REQUEST) {
    return invalid("CheckRun", "output.annotations", `${annotations.length} of at most ${MAX_A_REQUEST}`);
  }
  for (const [index, annotation] of annotations.entries()) {
    const wrong = wrongField(annotation);
    if (wrong !== undefined) return invalid("CheckRun", `output.annotations[${index}].${wrong}`, "is not valid");
  }
  return undefined;
}

function wrongField(annotation: AnnotationInput): string | undefined {
  const { start_line: start, end_line: end } = annotation;
  const hasColumns = annotation.start_column !== undefined || annotation.end_column !== undefined;
  if (annotation.path === "") return "path";
  if (start < 1) return "start_line";
  if (end < start) return "end_line";
  if (hasColumns && start !== end) return "start_column";
  if ((annotation.title ?? "").length > MAX_TITLE_LENGTH) return "title";
  if (annotation.message === "" || Buffer.byteLength(annotation.message) > MAX_MESSAGE_BYTES) return "message";
  if (Buffer.byteLength(annotation.raw_details ?? "") > MAX_MESSAGE_BYTES) return "raw_details";
  return undefined;
}

/** Annotations as they are kept and listed. */
export function annotationRecords(annotations: readonly AnnotationInput[]): CheckAnnotation[] {
  return annotations.map((annotation) => ({
    path: annotation.path,
    start_line: annotation.start_line,
    end_line: annotation.end_line,
    start_column: annotation.start_column ?? null,
    end_column: annotation.end_column ?? null,
    annotation_level: annotation.annotation_level,
    title: annotation.title ?? null,
    message: annotation.message,
    raw_details: annotation.raw_details ?? null,
  }));
}

/** Annotations of a workflow job in the same form; GitHub pins those without a place to `.github`. */
export function jobAnnotations(job: JobRecord): CheckAnnotation[] {
  return job.annotations.map(({ level, message }) => ({
    path: ".github",
    start_line: 1,
    end_line: 1,
    start_column: null,
    end_column: null,
    annotation_level: level,
    title: "",
    message,
    raw_details: "",
  }));
}
