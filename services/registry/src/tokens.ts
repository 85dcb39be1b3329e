/** Injection tokens of what is no class. */
export const SETTINGS = Symbol('settings');
export const SUBJECTS = Symbol('subjects');
export const LOGGER = Symbol('logger');
