import type { Cursors } from "../../../core/ports.ts";
import { idOf } from "./item.ts";
import type { OneTable } from "./one-table.ts";
import { packedText, unpackedText } from "./packed-text.ts";

/** Small texts by name, which are never forgotten; the last writer wins. */
export function dynamodbCursors(table: OneTable): Cursors {
  return {
    async read(name) {
      const item = await table.get(idOf("cursor", name));
      return unpackedText(item?.["value"]);
    },
    async write(name, value) {
      await table.put({ id: { S: idOf("cursor", name) }, value: packedText(value) }, {});
    },
  };
}
