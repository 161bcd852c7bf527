// The gRPC API as grpc-js makes it from the .proto files in the folder TOCSIN_PROTO.
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';
import protobuf from 'protobufjs';

const PROTO = process.env.TOCSIN_PROTO;
const ERROR_METADATA = 'tocsin-error-bin';
// As close to protobuf's JSON mapping as it gets.
const CONVERSION = { keepCase: false, longs: String, enums: String, defaults: true };

const files = ['tocsin/v1/push.proto', 'tocsin/v1/apps.proto'];
const definitions = protoLoader.loadSync(files, { includeDirs: [PROTO], ...CONVERSION });
const services = grpc.loadPackageDefinition(definitions).tocsin.v1;
// proto-loader shows no messages inside messages.
const ErrorBody = protobuf
  .loadSync(join(PROTO, 'tocsin/v1/error.proto'))
  .lookupType('tocsin.v1.ErrorResponse.Body');

export class GrpcClient {
  constructor({ grpcTarget, ca }, key) {
    this.target = grpcTarget;
    this.credentials = grpc.credentials.createSsl(ca);
    this.metadata = new grpc.Metadata();
    this.metadata.set('authorization', `Bearer ${key}`);
    this.stubs = {};
  }

  stub(service) {
    this.stubs[service] ??= new services[service](this.target, this.credentials, {
      'grpc.enable_http_proxy': 0,
    });
    return this.stubs[service];
  }

  // The answer to a call such as ('Send', 'GetMessage', {...}); rejects with a ServiceError.
  call(service, method, request, options = {}) {
    return new Promise((resolve, reject) => {
      this.stub(service)[method](request, this.metadata, options, (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
  }

  // The answer to a call such as ('Send', 'SendToList', [piece, piece, ...]).
  callWithMany(service, method, pieces) {
    return new Promise((resolve, reject) => {
      const call = this.stub(service)[method](this.metadata, (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
      // An answer before the end of the pieces ends the call, and with it the pipe.
      pipeline(Readable.from(pieces), call, () => {});
    });
  }

  // The answers of a call such as ('Send', 'WatchMessage', {...}): to be iterated, or cancelled.
  answers(service, method, request, options = {}) {
    return this.stub(service)[method](request, this.metadata, options);
  }

  // How a call fails that must: its code, and the error as REST has it in `error`.
  async failure(service, method, request) {
    try {
      await this.call(service, method, request);
    } catch (error) {
      const [details] = error.metadata.get(ERROR_METADATA);
      const body = ErrorBody.toObject(ErrorBody.decode(details), CONVERSION);
      return { code: error.code, message: error.details, body };
    }
    throw new Error(`${service}.${method} was not refused`);
  }

  close() {
    for (const stub of Object.values(this.stubs)) stub.close();
  }
}
