// Ten names, one call with a constraint, a stream and a refusal: node generate.js [ADDRESS]
"use strict";
const path = require("node:path");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const PROTO = process.env.NAMESMITH_PROTO || path.join(__dirname, "../../proto");
// Seeds and counts have 64 bits: as strings they keep all of them.
const definition = loader.loadSync("namesmith/v1/names.proto", {
  includeDirs: [PROTO],
  longs: String,
  defaults: true,
});
const { NameService } = grpc.loadPackageDefinition(definition).namesmith.v1;

const address = process.argv[2] || "localhost:50051";
// A response may have 64 MiB; grpc-js reads 4 MiB unless it is told otherwise.
const client = new NameService(address, grpc.credentials.createInsecure(), {
  "grpc.max_receive_message_length": 64 << 20,
});

function generate(request) {
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + 10_000;
    client.generateNames(request, { deadline }, (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

async function main() {
  const { names, seed } = await generate({ count: 5, seed: "42" });
  console.log("names:", names.join(" "), "seed:", seed);
  const constraint = { prefix: "ka", suffix: "a", maxLength: 6 };
  const few = await generate({ count: 3, seed: "1", constraint });
  console.log("constrained:", few.names.join(" "));
  let count = 0;
  for await (const chunk of client.streamNames({ count: "20000", seed: "42" })) {
    count += chunk.names.length;
  }
  console.log("streamed:", count);
  await generate({ count: 0 }).catch((error) =>
    console.log("refused:", grpc.status[error.code], error.details),
  );
}

main().finally(() => client.close());
