/**
 * The worked examples of Amazon S3's API reference ("Authenticating Requests: Using the Authorization Header", "Using Query Parameters",
 * "Transferring Payload in Multiple Chunks", "… with Trailing Headers"): requests and the signatures printed there.
 */
export const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
export const NOW = new Date("2013-05-24T00:00:00Z");
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const CREDENTIAL = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";

function signed(method: string, url: string, signature: string, headers: Record<string, string>) {
  const names = ["host", ...Object.keys(headers)].map((name) => name.toLowerCase()).sort();
  const authorization = `AWS4-HMAC-SHA256 Credential=${CREDENTIAL},SignedHeaders=${names.join(";")},Signature=${signature}`;
  return { method, url, headers: new Headers({ ...headers, authorization }) };
}

export const EXAMPLES = {
  "GET object with a range": signed(
    "GET",
    "https://examplebucket.s3.amazonaws.com/test.txt",
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    { range: "bytes=0-9", "x-amz-content-sha256": EMPTY, "x-amz-date": "20130524T000000Z" },
  ),
  "PUT object with a dollar sign in its key": signed(
    "PUT",
    "https://examplebucket.s3.amazonaws.com/test$file.text",
    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    {
      date: "Fri, 24 May 2013 00:00:00 GMT",
      "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
      "x-amz-date": "20130524T000000Z",
      "x-amz-storage-class": "REDUCED_REDUNDANCY",
    },
  ),
  "GET bucket lifecycle": signed(
    "GET",
    "https://examplebucket.s3.amazonaws.com/?lifecycle",
    "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    { "x-amz-content-sha256": EMPTY, "x-amz-date": "20130524T000000Z" },
  ),
  "list objects": signed(
    "GET",
    "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J",
    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    { "x-amz-content-sha256": EMPTY, "x-amz-date": "20130524T000000Z" },
  ),
  "presigned GET": {
    method: "GET",
    url: `https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(CREDENTIAL)}&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404`,
    headers: new Headers(),
  },
};

/** 65 KiB of `a` in chunks of 64 KiB, 1 KiB and nothing. */
export const CHUNKED = {
  request: signed(
    "PUT",
    "https://s3.amazonaws.com/examplebucket/chunkObject.txt",
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    {
      "content-encoding": "aws-chunked",
      "content-length": "66824",
      "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
      "x-amz-date": "20130524T000000Z",
      "x-amz-decoded-content-length": "66560",
      "x-amz-storage-class": "REDUCED_REDUNDANCY",
    },
  ),
  body: [
    "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n",
    `${"a".repeat(65536)}\r\n`,
    "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n",
    `${"a".repeat(1024)}\r\n`,
    "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n",
  ].join(""),
};

/** The same with a CRC32C in a signed trailing header. */
export const CHUNKED_WITH_TRAILER = {
  request: signed(
    "PUT",
    "https://s3.amazonaws.com/examplebucket/chunkObject.txt",
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    {
      "content-encoding": "aws-chunked",
      "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
      "x-amz-date": "20130524T000000Z",
      "x-amz-decoded-content-length": "66560",
      "x-amz-storage-class": "REDUCED_REDUNDANCY",
      "x-amz-trailer": "x-amz-checksum-crc32c",
    },
  ),
  body: [
    "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n",
    `${"a".repeat(65536)}\r\n`,
    "400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n",
    `${"a".repeat(1024)}\r\n`,
    "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n",
    "x-amz-checksum-crc32c:sOO8/Q==\r\n",
    "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
  ].join(""),
};
