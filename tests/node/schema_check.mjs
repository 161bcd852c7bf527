// Whether a JSON value is what a schema of the OpenAPI document says, and nothing that it does not
// say. Knows the part of OpenAPI 3.0 that proto/openapi.py writes; references are resolved before.
import assert from 'node:assert/strict';

const FORMATS = {
  uint64: /^[0-9]+$/,
  int64: /^-?[0-9]+$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
};

export function assertConforms(schema, value, place = '') {
  if (schema.allOf) return assertConforms(schema.allOf[0], value, place);
  const check = CHECKS[schema.type];
  assert.ok(check, `${place}: a schema of type ${schema.type}`);
  check(schema, value, place);
}

const CHECKS = {
  object(schema, value, place) {
    assert.equal(kindOf(value), 'object', place);
    for (const [name, field] of Object.entries(value)) {
      const known = schema.properties?.[name] ?? schema.additionalProperties;
      assert.ok(known, `${place}.${name} is not in the document`);
      assertConforms(known, field, `${place}.${name}`);
    }
  },
  array(schema, value, place) {
    assert.equal(kindOf(value), 'array', place);
    value.forEach((item, index) => assertConforms(schema.items, item, `${place}[${index}]`));
  },
  string(schema, value, place) {
    assert.equal(typeof value, 'string', place);
    if (schema.enum) assert.ok(schema.enum.includes(value), `${place}: ${value}`);
    if (FORMATS[schema.format]) assert.match(value, FORMATS[schema.format], place);
    if (schema.pattern) assert.match(value, new RegExp(schema.pattern), place);
  },
  integer(schema, value, place) {
    assert.ok(Number.isInteger(value), place);
    assert.ok(value >= (schema.minimum ?? value) && value <= (schema.maximum ?? value), place);
  },
  number(_schema, value, place) {
    assert.equal(typeof value, 'number', place);
  },
  boolean(_schema, value, place) {
    assert.equal(typeof value, 'boolean', place);
  },
};

function kindOf(value) {
  return Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
}
