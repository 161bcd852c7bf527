// Sealing and opening a 150-byte record of 18,000 sessions in turn: no key is in a cache near.
#include <algorithm>
#include <array>
#include <deque>

#include <benchmark/benchmark.h>

#include "base/check.h"
#include "base/prng.h"
#include "micro/random_order.h"
#include "wire/tls_session.h"

namespace tocsin::bench::micro {
namespace {

constexpr uint32_t sessions_count = 18'000;
constexpr size_t payload_bytes = 150;
constexpr size_t record_bytes = payload_bytes + wire::TlsSession::overhead_bytes;

using Secret = wire::TlsSession::TrafficSecret;

// Sessions of one role, each with secrets of its own; those of the other role are their peers.
std::deque<wire::TlsSession> make_sessions(wire::TlsSession::Role role) {
  std::deque<wire::TlsSession> sessions(sessions_count);
  Prng prng(7);
  for (wire::TlsSession& session : sessions) {
    std::array<Secret, 2> secrets;
    for (Secret& secret : secrets) {
      std::generate(secret.begin(), secret.end(),
                    [&prng] { return static_cast<uint8_t>(prng.next()); });
    }
    const bool server = role == wire::TlsSession::Role::server;
    TOCSIN_CHECK(session.take_over(role, wire::CipherSuite::aes_128_gcm_sha256,
                                   secrets[server ? 0 : 1], secrets[server ? 1 : 0], 0,
                                   limits::tls_plaintext_bytes_max) == wire::Code::ok);
  }
  return sessions;
}

void seal_150(benchmark::State& state) {
  auto sessions = make_sessions(wire::TlsSession::Role::server);
  const std::vector<uint32_t> order = random_order(sessions_count);
  const Bytes payload(payload_bytes, 'x');
  wire::TlsEngine engine;
  Bytes out;
  size_t turn = 0;
  for (auto _ : state) {
    out.clear();
    TOCSIN_CHECK(sessions[order[turn++ % sessions_count]].seal(engine, payload, out) ==
                 wire::Code::ok);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(seal_150);

// With a copy of the record, because it is opened in place and must be whole again next time.
void open_150(benchmark::State& state) {
  auto servers = make_sessions(wire::TlsSession::Role::server);
  auto clients = make_sessions(wire::TlsSession::Role::client);
  const std::vector<uint32_t> order = random_order(sessions_count);
  const Bytes payload(payload_bytes, 'x');
  wire::TlsEngine engine;
  Bytes records;
  for (wire::TlsSession& client : clients) {
    TOCSIN_CHECK(client.seal(engine, payload, records) == wire::Code::ok);
  }
  TOCSIN_CHECK(records.size() == sessions_count * record_bytes);
  std::array<uint8_t, record_bytes> record;
  Bytes data;
  Bytes reply;
  size_t turn = 0;
  for (auto _ : state) {
    const uint32_t index = order[turn++ % sessions_count];
    std::copy_n(records.begin() + index * record_bytes, record_bytes, record.begin());
    data.clear();
    servers[index].set_sequence_numbers_for_test(0, 0);
    TOCSIN_CHECK(servers[index].feed(engine, record, data, reply).code == wire::Code::ok);
    benchmark::DoNotOptimize(data.data());
  }
}
BENCHMARK(open_150);

}  // namespace
}  // namespace tocsin::bench::micro
