// One policy for every page: nothing runs or styles that is not a file of ours, so pages carry no inline script or style.

/** Value of the Content-Security-Policy header. `data:` images are for the CSS's own tiny drawings. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");
