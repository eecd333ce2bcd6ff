/** A viewer reads; an operator also pauses, resumes, retries, promotes and cancels; an admin also empties and deletes. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];
