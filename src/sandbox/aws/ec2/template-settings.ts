import { ec2Error } from "./ec2-error.ts";
import type { LaunchSettings, LaunchTemplate } from "./launch-settings.ts";
import type { TemplateReference } from "./read-run-input.ts";

/** What the version of a launch template says that a request refers to; throws an `AwsError` when there is none. */
export function templateSettings(
  templates: Readonly<Record<string, LaunchTemplate>>,
  reference: TemplateReference,
): LaunchSettings {
  const template = find(templates, reference);
  const { version } = reference;
  const number =
    version === "$Latest"
      ? template.versions.length
      : version === "$Default"
        ? (template.defaultVersion ?? 1)
        : Number(version);
  const settings = template.versions[number - 1];
  if (settings === undefined) {
    const message = `Could not find the specified version ${version} for the launch template with ID ${template.id}.`;
    throw ec2Error("InvalidLaunchTemplateId.VersionNotFound", message);
  }
  return settings;
}

function find(templates: Readonly<Record<string, LaunchTemplate>>, { id, name }: TemplateReference): LaunchTemplate {
  if (name !== undefined) {
    const named = Object.hasOwn(templates, name) ? templates[name] : undefined;
    if (named !== undefined) return named;
    const message = `The specified launch template, with template name ${name}, does not exist.`;
    throw ec2Error("InvalidLaunchTemplateName.NotFoundException", message);
  }
  if (id === undefined || !/^lt-[0-9a-f]{8,17}$/.test(id)) {
    throw ec2Error("InvalidLaunchTemplateId.Malformed", `Invalid id: "${id ?? ""}" (expecting "lt-...")`);
  }
  const found = Object.values(templates).find((template) => template.id === id);
  if (found !== undefined) return found;
  const message = `The specified launch template, with template ID ${id}, does not exist.`;
  throw ec2Error("InvalidLaunchTemplateId.NotFound", message);
}
