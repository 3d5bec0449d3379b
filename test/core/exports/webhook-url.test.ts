import { expect, test } from "vitest";
import { faultOfWebhookUrl } from "../../../src/core/exports/webhook-url.ts";

test.each([
  "https://example.com/hook",
  "https://hooks.example.co.uk:8443/a?b=c",
  "https://93.184.216.34/",
  "https://[2606:4700::1111]/",
])("%s is public", (url) => expect(faultOfWebhookUrl(url, false)).toBeUndefined());

test.each([
  "nonsense",
  "http://example.com/",
  "ftp://example.com/",
  "https://user:password@example.com/",
  "https://localhost/",
  "https://LOCALHOST./",
  "https://machine/",
  "https://printer.local/",
  "https://api.internal/",
  "https://a.localhost/",
  "https://127.0.0.1/",
  "https://2130706433/",
  "https://0x7f.1/",
  "https://0177.0.0.1/",
  "https://10.1.2.3/",
  "https://172.31.0.1/",
  "https://192.168.1.1/",
  "https://169.254.169.254/latest/meta-data",
  "https://100.64.0.1/",
  "https://0.0.0.0/",
  "https://224.0.0.1/",
  "https://[::1]/",
  "https://[::]/",
  "https://[fe80::1]/",
  "https://[fd00::1]/",
  "https://[::ffff:10.0.0.1]/",
  "https://[64:ff9b::a00:1]/",
  "https://[2001:db8::1]/",
  "https://[2002:a00:1::]/",
])("%s is not", (url) => expect(faultOfWebhookUrl(url, false)).toMatch(/\.$/));

test("this machine only where that is allowed", () => {
  for (const url of ["http://localhost:3000/hook", "http://127.0.0.1/", "http://[::1]:9/", "https://localhost/"]) {
    expect(faultOfWebhookUrl(url, true), url).toBeUndefined();
    expect(faultOfWebhookUrl(url, false), url).toBeDefined();
  }
  expect(faultOfWebhookUrl("http://192.168.1.1/", true)).toBeDefined();
  expect(faultOfWebhookUrl("http://localhost.example.com/", true)).toBeDefined();
});
