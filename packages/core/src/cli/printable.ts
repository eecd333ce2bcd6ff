/** What a job says may not move the cursor of a terminal, nor change its title: control characters are left out. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '');
}
