/** Facebook Ads: written on a branch of its own. */
export {};
