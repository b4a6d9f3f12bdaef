/** A script or style for the browser, bundled: `scripts/browser-text.mjs`. */
declare module '*?text' {
  const text: string;
  export default text;
}
