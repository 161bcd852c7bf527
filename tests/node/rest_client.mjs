// The REST API as openapi-client-axios makes it from the document that the server serves. Every
// answer is checked against that document.
import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import axios from 'axios';
import { OpenAPIClientAxios } from 'openapi-client-axios';

import { assertConforms } from './schema_check.mjs';

export class RestClient {
  static async connect({ restUrl, ca }, key) {
    const config = {
      httpsAgent: new Agent({ ca, keepAlive: false }),
      proxy: false,
      validateStatus: () => true,
    };
    const { status, data } = await axios.get(`${restUrl}/openapi.json`, config);
    assert.equal(status, 200);
    const api = new OpenAPIClientAxios({
      definition: data,
      withServer: { url: restUrl },
      axiosConfigDefaults: { ...config, headers: { Authorization: `Bearer ${key}` } },
    });
    return new RestClient(api, await api.init());
  }

  constructor(api, client) {
    this.api = api;
    this.client = client;
  }

  // The answer of an operation by its id, such as Send_Send; `status` is the one it must have.
  async call(operation, status, parameters, body) {
    const answer = await this.client[operation](parameters, body);
    assert.equal(answer.status, status, JSON.stringify(answer.data));
    const { responses } = this.api.getOperation(operation);
    const { content } = responses[status] ?? responses.default;
    assertConforms(content['application/json'].schema, answer.data, operation);
    return answer.data;
  }
}
