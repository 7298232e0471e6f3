import type { RepositoryRecord } from "../state.ts";
import type { World } from "../world.ts";

/** The check suite of an App for a commit: there is one of each, made when it is first asked for. */
export function checkSuiteId(world: World, repository: RepositoryRecord, sha: string, appSlug: string): number {
  const key = `${repository.id}#${sha}#${appSlug}`;
  const known = world.state.checkSuites.get(key);
  if (known !== undefined) return known;
  const id = world.ids.next("checkSuite");
  world.state.checkSuites.set(key, id);
  return id;
}
