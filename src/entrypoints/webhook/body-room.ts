/** Memory for bodies that are being read, all connections together: nobody has proved yet to be GitHub. */
export type BodyRoom = {
  /** False when so many bytes more do not fit; nothing is taken then. */
  take(bytes: number): boolean;
  give(bytes: number): void;
};

export function bodyRoom(mostBytes: number): BodyRoom {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > mostBytes) return false;
      taken += bytes;
      return true;
    },
    give(bytes) {
      taken -= bytes;
    },
  };
}
