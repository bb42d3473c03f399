// A producer that gives the job first and writes `job:{id}` afterwards, when our worker is as far as it is told to wait for.
import { Redis } from "ioredis";
import { Queue } from "bullmq";

const [port, state, ids] = process.argv.slice(2);
const connection = { host: "127.0.0.1", port: Number(port), maxRetriesPerRequest: null };
const redis = new Redis(connection);
const queue = new Queue("download-queue", { connection });
const fileIds = ids.split(",").map(Number);
const job = await queue.add("zip", { fileIds }, { attempts: 3 });
const status = async () => JSON.parse((await redis.get(`job:${job.id}`)) ?? "{}").status;
while ((await status()) !== state) await new Promise(setImmediate);
await redis.set(`job:${job.id}`, JSON.stringify({ status: "pending", fileIds, createdAt: new Date().toISOString() }));
console.log(job.id);
await queue.close();
await redis.quit();
