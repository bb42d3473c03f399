// A producer as document 001 has it: writes `job:{jobId}`, gives the job, waits for its end and prints its return value.
import { Redis } from "ioredis";
import { Queue, QueueEvents } from "bullmq";

const [port, jobId, ids] = process.argv.slice(2);
const connection = { host: "127.0.0.1", port: Number(port), maxRetriesPerRequest: null };
const redis = new Redis(connection);
const fileIds = ids.split(",").map(Number);
const createdAt = new Date().toISOString();
await redis.set(`job:${jobId}`, JSON.stringify({ status: "pending", fileIds, createdAt }));
const queue = new Queue("download-queue", { connection });
const events = new QueueEvents("download-queue", { connection });
await events.waitUntilReady();
const options = { jobId, attempts: 3, backoff: { type: "exponential", delay: 1000 } };
const job = await queue.add("zip", { jobId, fileIds }, options);
console.log(await job.waitUntilFinished(events, 60_000));
await events.close();
await queue.close();
await redis.quit();
