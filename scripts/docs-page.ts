import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";

/**
 * Puts the API's reference page together under `.eider/assets/docs`, from where the Worker's static assets serve it at /docs: Swagger
 * UI from its package, and a page that shows /openapi.json with it. Nothing on it comes from, or goes to, another host.
 */

const ROOT = resolve(import.meta.dirname, "..");
const ASSETS = resolve(ROOT, ".eider/assets");
const VIEWER = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const VIEWER_FILES = ["swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE"];

/** Styles may be inline, as the viewer sets widths; scripts may not. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Eider API</title>
<link rel="icon" href="./icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="./swagger-ui.css">
<link rel="stylesheet" href="./page.css">
<script src="./theme.js"></script>
</head>
<body>
<div id="reference"></div>
<noscript>This page needs JavaScript. The description itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<script src="./swagger-ui-bundle.js"></script>
<script src="./start.js"></script>
</body>
</html>
`;

/** Runs before the first paint: the viewer's dark colours hang on a class of the root element. */
const THEME = `const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();
`;

const START = `SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

const STYLE = `html { background: #fff; }
html.dark-mode { background: #1c2022; }
body { margin: 0; }
.swagger-ui .wrapper { max-width: 1100px; }
.swagger-ui .info { margin: 32px 0; }
noscript { display: block; padding: 2rem; font-family: sans-serif; }
`;

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#1f5f6b"/><path d="M10 8h12v4H14v3h7v4h-7v3h8v4H10z" fill="#fff"/></svg>
`;

/** Headers of the page that a meta element cannot set. */
const HEADERS = `/docs/*
  Content-Security-Policy: ${POLICY}; frame-ancestors 'none'
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
`;

const FILES: Record<string, string> = {
  "index.html": PAGE,
  "theme.js": THEME,
  "start.js": START,
  "page.css": STYLE,
  "icon.svg": ICON,
};

/** Builds the page unless it is there already. Returns whether it built it. */
function buildDocsPage(): boolean {
  const stamp = createHash("sha256")
    .update(readFileSync(import.meta.filename))
    .update(readFileSync(`${VIEWER}/package.json`))
    .digest("hex");
  const target = `${ASSETS}/docs`;
  const stampFile = resolve(ROOT, ".eider/docs-page.sha256");
  if (
    existsSync(target) &&
    existsSync(`${ASSETS}/_headers`) &&
    existsSync(stampFile) &&
    readFileSync(stampFile, "utf8") === stamp
  )
    return false;

  const fresh = resolve(ROOT, `.eider/docs-page-${process.pid}`);
  const old = `${fresh}-old`;
  try {
    mkdirSync(fresh, { recursive: true });
    for (const name of VIEWER_FILES) copyFileSync(`${VIEWER}/${name}`, `${fresh}/${name}`);
    for (const [name, content] of Object.entries(FILES)) writeFileSync(`${fresh}/${name}`, content);
    mkdirSync(ASSETS, { recursive: true });
    if (existsSync(target)) renameSync(target, old);
    renameSync(fresh, target);
    writeFileSync(`${ASSETS}/_headers`, HEADERS);
    writeFileSync(stampFile, stamp);
  } finally {
    for (const rest of [fresh, old]) rmSync(rest, { recursive: true, force: true });
  }
  return true;
}

if (buildDocsPage()) console.error("Reference page: built");
