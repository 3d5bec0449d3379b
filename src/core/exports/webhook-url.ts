const LOCAL_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);
/** Names that mean a machine in the own network. */
const PRIVATE_NAME = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|home\.arpa|test|invalid|onion)$/;

/**
 * Says why a webhook may not go to a URL, or undefined when it may: https only, to a public name or address. Best effort: what a public
 * name resolves to is not known here.
 *
 * @param allowsLocal under `wrangler dev`: http to this machine is fine as well.
 */
export function faultOfWebhookUrl(text: string, allowsLocal: boolean): string | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return `“${text.slice(0, 200)}” is not a URL. Give one such as https://example.com/hooks/export.`;
  }
  if (url.username !== "" || url.password !== "") return "The URL may not hold a user name or password.";
  if (allowsLocal && LOCAL_HOSTS.has(url.hostname) && /^https?:$/.test(url.protocol)) return undefined;
  if (url.protocol !== "https:") return "Webhooks are sent over https only.";
  if (isPrivateHost(url.hostname)) return `“${url.hostname}” is not a public host; webhooks go to public hosts only.`;
  return undefined;
}

function isPrivateHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  if (host.startsWith("[")) return isPrivateV6(host.slice(1, -1));
  // The URL parser has already turned every spelling of an IPv4 address (octal, hexadecimal, one number) into four decimals.
  const four = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(host);
  if (four) return isPrivateV4(four.slice(1).map(Number));
  return !host.includes(".") || PRIVATE_NAME.test(host);
}

/** IANA's special-purpose IPv4 addresses, and multicast. */
function isPrivateV4([a = 0, b = 0, c = 0]: number[]): boolean {
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    a >= 224 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 192 && b === 0 && (c === 0 || c === 2)) ||
    (a === 192 && b === 88 && c === 99) ||
    (a === 198 && (b === 18 || b === 19)) ||
    (a === 198 && b === 51 && c === 100) ||
    (a === 203 && b === 0 && c === 113)
  );
}

/** Everything but global unicast (2000::/3), without its documentation and tunnel ranges. */
function isPrivateV6(address: string): boolean {
  const first = Number.parseInt(address.split(":")[0] || "0", 16);
  const second = Number.parseInt(address.split(":")[1] || "0", 16);
  if ((first & 0xe000) !== 0x2000) return true;
  return first === 0x2002 || (first === 0x2001 && (second < 0x200 || second === 0xdb8));
}
