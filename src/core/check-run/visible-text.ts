/**
 * Characters that show nothing themselves and change how others are shown or read: controls (ANSI escapes begin with
 * one), line and paragraph separators, directions of text, zero-width and other invisible characters (Unicode's
 * Default_Ignorable_Code_Point), marks of annotations between lines, and halves of characters. Unicode Technical
 * Report 36 tells what is done with them.
 */
export const hiddenCharacters = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;

/** Text that other people chose, on one line and with nothing in it that cannot be seen. */
export function visibleText(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ")
    .replaceAll(hiddenCharacters, "")
    .trim();
}
