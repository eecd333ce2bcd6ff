/** Google Analytics: written on a branch of its own. */
export {};
