export function registerMatchers(): void {}
