/** Whether an account, a key or an event is of real money, or of a platform's test environment. */
export type Mode = 'live' | 'test';
