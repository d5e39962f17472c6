// Amazon's own S3 and SQS clients read the lab's buckets and queue.
//
// Usage: node s3_client_check.mjs LAB_SERVE MODULES. Exit code 77: the clients are not installed
// (scripts/prepare-counterparts).
import assert from "node:assert";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { gunzipSync } from "node:zlib";
import http from "node:http";
import path from "node:path";

const [serve, modules] = process.argv.slice(2);
const require = createRequire(path.resolve(modules, "here.js"));
let aws;
try {
  aws = { ...require("@aws-sdk/client-s3"), ...require("@aws-sdk/client-sqs"),
          ...require("@smithy/node-http-handler") };
} catch (error) {
  console.log(`skipped: @aws-sdk/client-s3 and client-sqs are not installed (${error.code})`);
  process.exit(77);
}

const folder = "2003477_a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0";
const managed = "cisco-managed-eu-west-1";
const credentials = { accessKeyId: "AKIALABUMBRELLA00001",
                      secretAccessKey: "lab/umbrella+secret0123456789abcdefABCDE" };

function s3(url, options = {}) {
  return new aws.S3Client({ region: "eu-west-1", endpoint: url, credentials, forcePathStyle: true,
                            maxAttempts: 1, ...options });
}

async function refused(promise, name, status) {
  try {
    await promise;
  } catch (error) {
    if (name) assert.equal(error.name, name, String(error));
    if (status) assert.equal(error.$metadata.httpStatusCode, status);
    return;
  }
  assert.fail(`not refused with ${name ?? status}`);
}

async function readBucket(client, bucket, prefix) {
  const folders = await client.send(new aws.ListObjectsV2Command(
    { Bucket: bucket, Prefix: prefix, Delimiter: "/" }));
  const names = folders.CommonPrefixes.map((one) => one.Prefix);
  assert(names.includes(`${prefix}dnslogs/`), names.join());
  const keys = [];
  for await (const page of aws.paginateListObjectsV2(
    { client, pageSize: 4 }, { Bucket: bucket, Prefix: `${prefix}dnslogs/` })) {
    keys.push(...(page.Contents ?? []));
  }
  assert(keys.length > 10, `${keys.length}`);
  const objects = keys.filter((one) => one.Key.endsWith(".csv.gz"));
  const answer = await client.send(new aws.GetObjectCommand(
    { Bucket: bucket, Key: objects[0].Key, IfMatch: objects[0].ETag }));
  const bytes = await answer.Body.transformToByteArray();
  assert.equal(bytes.length, objects[0].Size);
  assert(gunzipSync(bytes).toString().startsWith('"'));
  const part = await client.send(new aws.GetObjectCommand(
    { Bucket: bucket, Key: objects[0].Key, Range: "bytes=2-11" }));
  assert.equal(part.ContentRange, `bytes 2-11/${objects[0].Size}`);
  const piece = await part.Body.transformToByteArray();
  assert.deepEqual([...piece], [...bytes.slice(2, 12)]);
  return objects[0].Key;
}

async function checkRefusals(url, key) {
  const get = new aws.GetObjectCommand({ Bucket: managed, Key: key });
  await refused(s3(url).send(new aws.ListObjectsV2Command({ Bucket: managed })), "AccessDenied", 403);
  await refused(s3(url, { credentials: { ...credentials, secretAccessKey: "x".repeat(40) } }).send(get),
                "SignatureDoesNotMatch", 403);
  await refused(s3(url, { credentials: { ...credentials, accessKeyId: "AKIANOBODY0000000000" } })
    .send(get), "InvalidAccessKeyId", 403);
  await refused(s3(url, { region: "us-east-1" }).send(get), "PermanentRedirect", 301);
  await refused(s3(url).send(new aws.GetObjectCommand({ Bucket: managed, Key: `${folder}/none` })),
                "NoSuchKey", 404);
  await refused(s3(url).send(new aws.HeadBucketCommand({ Bucket: managed })), null, 403);
}

async function checkQueue(url) {
  const queue = `${url}/111122223333/umbrella-logs`;
  const client = new aws.SQSClient({ region: "eu-west-1", endpoint: url, credentials, maxAttempts: 1 });
  const got = await client.send(new aws.ReceiveMessageCommand(
    { QueueUrl: queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 1,
      MessageSystemAttributeNames: ["All"] }));
  assert.equal(JSON.parse(got.Messages[0].Body).Event, "s3:TestEvent");
  const handle = got.Messages[0].ReceiptHandle;
  await client.send(new aws.ChangeMessageVisibilityCommand(
    { QueueUrl: queue, ReceiptHandle: handle, VisibilityTimeout: 60 }));
  const done = await client.send(new aws.DeleteMessageBatchCommand(
    { QueueUrl: queue, Entries: [{ Id: "a", ReceiptHandle: handle }] }));
  assert.equal(done.Successful.length, 1);
  const depth = await client.send(new aws.GetQueueAttributesCommand(
    { QueueUrl: queue, AttributeNames: ["All"] }));
  assert.equal(depth.Attributes.ApproximateNumberOfMessagesNotVisible, "0");
  await refused(client.send(new aws.ReceiveMessageCommand({ QueueUrl: `${url}/111122223333/other` })),
                "QueueDoesNotExist");
}

const lab = spawn(serve, [], { stdio: ["pipe", "pipe", "inherit"] });
const line = await new Promise((resolve) => createInterface({ input: lab.stdout }).once("line", resolve));
const { url } = JSON.parse(line);
try {
  const key = await readBucket(s3(url), managed, `${folder}/`);
  await readBucket(s3(url), "contoso-umbrella", "");
  // The bucket in the host's name, as at Amazon: <bucket>.localhost, looked up nowhere.
  const lookup = (host, options, done) =>
    options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
  const handler = new aws.NodeHttpHandler({ httpAgent: new http.Agent({ lookup }) });
  await readBucket(s3(url.replace("127.0.0.1", "localhost"),
                      { forcePathStyle: false, requestHandler: handler }), managed, `${folder}/`);
  await checkRefusals(url, key);
  await checkQueue(url);
} finally {
  lab.stdin.end();
}
const code = await new Promise((resolve) => lab.once("close", resolve));
assert.equal(code, 0);
console.log("@aws-sdk: list, get, ranges, refusals, virtual hosts and the queue");
