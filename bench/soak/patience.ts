/** When nothing at all has changed for so long, it will not end well any more: beyond every time limit of the sandbox. */
export const patienceMs = 150_000;
