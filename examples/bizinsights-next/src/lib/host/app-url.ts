/** Where people and platforms reach the app: `APP_URL`, otherwise this machine. */
export function appUrl(): string {
  return process.env.APP_URL?.trim() || 'http://localhost:3002';
}
