import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const PAGE = resolve(ROOT, ".eider/assets/docs");

/** The files that are Eider's own; the viewer's mention hosts in licences and schemas. */
const OWN = ["index.html", "theme.js", "start.js", "page.css"];

beforeAll(() => {
  execFileSync(process.execPath, [resolve(ROOT, "scripts/docs-page.ts")], { cwd: ROOT, stdio: "pipe" });
});

const read = (name: string) => readFileSync(`${PAGE}/${name}`, "utf8");

describe("the reference page", () => {
  test("has every file that it names", () => {
    const named = [...read("index.html").matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map((match) => match[1]);
    expect(named).toContain("swagger-ui-bundle.js");
    expect(readdirSync(PAGE)).toEqual(expect.arrayContaining(named));
  });

  test.each(OWN)("%s names no other host", (name) => {
    expect(read(name)).not.toMatch(/(https?:)?\/\/[\w-]+\.\w/);
  });

  test("may load, run and connect to nothing but itself", () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(read("index.html"))?.[1] ?? "";
    const directives = new Map(
      policy.split("; ").map((directive) => [directive.split(" ")[0], directive.split(" ").slice(1)]),
    );
    expect(directives.get("default-src")).toEqual(["'none'"]);
    expect(directives.get("script-src")).toEqual(["'self'"]);
    expect(directives.get("connect-src")).toEqual(["'self'"]);
    expect(policy).not.toMatch(/unsafe-eval|https?:|\*/);
    expect(readFileSync(resolve(PAGE, "../_headers"), "utf8")).toContain(
      `Content-Security-Policy: ${policy}; frame-ancestors 'none'`,
    );
  });

  test("is not built again when nothing has changed", () => {
    const said = execFileSync(process.execPath, [resolve(ROOT, "scripts/docs-page.ts")], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: "pipe",
    });
    expect(said).toBe("");
  });
});
