/** Svelte's own settings are the defaults; TypeScript in components is stripped by the compiler. */
export default {};
