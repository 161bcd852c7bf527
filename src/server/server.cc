#include "server/server.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include "json/to_json.h"
#include "runtime/log.h"
#include "runtime/tls/dev_certificates.h"
#include "server/admin_key.h"
#include "tocsin/internal/ready.pb.h"

namespace tocsin::server {
namespace {

// Descriptors for everything that is not a device: RocksDB, log, API connections.
constexpr uint64_t other_files = 1792;
static_assert(other_files >= limits::http_connections_max + limits::http_refusals_max +
                                 limits::http_handshakes_max + 256,
              "RocksDB and the log must never lack a descriptor");

struct Tls {
  runtime::TlsIdentity identity;
  std::string ca_file;  // empty when the operator supplied a certificate
};

absl::StatusOr<Tls> load_tls(const Config& config, const std::string& data_dir) {
  if (!config.tls_certificate.empty()) {
    absl::StatusOr<runtime::TlsIdentity> identity =
        runtime::load_identity(config.tls_certificate, config.tls_key);
    if (!identity.ok()) return identity.status();
    return Tls{*std::move(identity), ""};
  }
  const std::string folder = data_dir + "/tls";
  absl::StatusOr<runtime::DevCertificates> made = runtime::load_or_make_dev_certificates(folder);
  if (!made.ok()) return made.status();
  runtime::log_info("tls: development certificate; clients pin {}/ca.pem", folder);
  return Tls{made->identity, folder + "/ca.pem"};
}

// It contains keys and messages: for its owner only. An existing folder keeps its mode.
absl::Status make_data_dir(const std::string& data_dir) {
  namespace fs = std::filesystem;
  std::error_code error;
  const bool made = fs::create_directories(data_dir, error);
  if (made && !error) fs::permissions(data_dir, fs::perms::owner_all, error);
  if (!error) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("cannot make data_dir {}: {}", data_dir, error.message()));
}

// Raise the soft limit to the hard one; returns how many connections that leaves room for.
absl::StatusOr<uint32_t> connections_allowed(uint32_t asked) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < 2 * other_files) {
    return absl::FailedPreconditionError(fmt::format(
        "this process may open {} files; at least {} are needed: raise LimitNOFILE or ulimit -n",
        limit.rlim_cur, 2 * other_files));
  }
  const uint64_t room = std::min<uint64_t>(limit.rlim_cur - other_files, 1u << 24);
  if (asked > room) {
    return absl::FailedPreconditionError(
        fmt::format("connections_max = {} needs an open-files limit of {} (now {}): raise "
                    "LimitNOFILE, or ask for at most {} connections",
                    asked, asked + other_files, limit.rlim_cur, room));
  }
  return asked == 0 ? static_cast<uint32_t>(room) : asked;
}

uint32_t or_default(uint32_t asked, uint32_t otherwise) { return asked != 0 ? asked : otherwise; }

absl::StatusOr<std::unique_ptr<gateway::Gateway>> make_gateway(const Config& config,
                                                               const runtime::TlsIdentity& identity,
                                                               cluster::Log& log,
                                                               cluster::Bus& bus) {
  const uint32_t cores = std::max(1u, std::thread::hardware_concurrency());
  absl::StatusOr<uint32_t> connections = connections_allowed(config.connections_max);
  if (!connections.ok()) return connections.status();
  auto pool = runtime::HandshakePool::create(
      identity, {.threads = or_default(config.handshake_threads, std::max(1u, cores / 2)),
                 .in_flight_max = config.handshakes_in_flight,
                 .deadline_ms = config.handshake_deadline_ms});
  if (!pool.ok()) return pool.status();
  gateway::Options options;
  options.listen_address = config.gateway_listen;
  options.shards = or_default(config.gateway_shards, cores);
  options.connections_max = *connections;
  options.connections_per_address_max = config.gateway_connections_per_address_max;
  options.handshakes_per_address_per_s = config.gateway_handshakes_per_address_per_s;
  options.hello_deadline_ms = config.hello_deadline_ms;
  options.heartbeat_s = config.heartbeat_s;
  options.drain_window_ms = config.drain_window_ms;
  options.gateway_hints = config.gateway_hints;
  return std::make_unique<gateway::Gateway>(std::move(options), log, bus, *std::move(pool));
}

// "" when no file is configured.
absl::StatusOr<std::string> read_webhook_ca(const std::string& file) {
  if (file.empty()) return std::string();
  std::ifstream in(file);
  std::string pem((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in || pem.empty()) {
    return absl::InvalidArgumentError(fmt::format("cannot read webhook_ca {}", file));
  }
  return pem;
}

absl::StatusOr<std::unique_ptr<webhooks::Webhooks>> make_webhooks(const Config& config,
                                                                  cluster::Log& log,
                                                                  cluster::Bus& bus,
                                                                  storage::Storage& storage) {
  auto ca_pem = read_webhook_ca(config.webhook_ca);
  if (!ca_pem.ok()) return ca_pem.status();
  return webhooks::Webhooks::start({.ca_pem = *std::move(ca_pem),
                                    .allow_loopback = config.webhook_loopback,
                                    .proxy = config.webhook_proxy},
                                   log, bus, storage);
}

// Written under another name first, so that nobody waiting for it ever reads half of it.
absl::Status write_ready_file(const std::string& file, const internal::Ready& ready) {
  if (file.empty()) return absl::OkStatus();
  const auto json = json::try_to_json(ready, json::Zeros::keep, json::Names::declared);
  if (!json.ok()) {
    return absl::InvalidArgumentError("data_dir or tls_certificate: the path is not UTF-8");
  }
  const std::string partial = file + ".partial";
  std::ofstream out(partial, std::ios::trunc);
  out << *json;
  out.close();
  if (!out || std::rename(partial.c_str(), file.c_str()) != 0) {
    return absl::FailedPreconditionError(fmt::format("cannot write the ready file {}", file));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::start(const Config& config) {
  std::unique_ptr<Server> server(new Server());
  const std::string data_dir = std::filesystem::absolute(config.data_dir).string();
  if (const absl::Status status = make_data_dir(data_dir); !status.ok()) return status;
  absl::StatusOr<Tls> tls = load_tls(config, data_dir);
  if (!tls.ok()) return tls.status();
  const auto admin_key_hash = load_or_make_admin_key(data_dir + "/admin.key");
  if (!admin_key_hash.ok()) return admin_key_hash.status();

  auto log = cluster::EmbeddedLog::open(data_dir + "/log");
  if (!log.ok()) return log.status();
  server->log_ = *std::move(log);
  server->bus_ = std::make_unique<cluster::InProcessBus>();
  auto gateway = make_gateway(config, tls->identity, *server->log_, *server->bus_);
  if (!gateway.ok()) return gateway.status();
  server->gateway_ = *std::move(gateway);
  auto storage = storage::Storage::open(
      {.folder = data_dir + "/store", .report_retention_s = config.report_retention_days * 86'400},
      *server->log_, *server->bus_);
  if (!storage.ok()) return storage.status();
  server->storage_ = *std::move(storage);
  auto webhooks = make_webhooks(config, *server->log_, *server->bus_, *server->storage_);
  if (!webhooks.ok()) return webhooks.status();
  server->webhooks_ = *std::move(webhooks);

  dispatcher::Options api;
  api.listen_address = config.api_listen;
  api.plain_address = config.api_plain_listen;
  api.grpc_address = config.grpc_listen == "off" ? "" : config.grpc_listen;
  api.http.identity = tls->identity;
  api.http.limits.keep_alive_ms = config.api_keep_alive_s * 1000;
  api.http.address_connections_max = config.api_connections_per_address_max;
  api.http.address_handshakes_per_s = config.api_handshakes_per_address_per_s;
  api.threads = config.api_threads;
  api.admin_key_hash = *admin_key_hash;
  api.node = config.node;
  api.version = TOCSIN_VERSION;
  api.backups_folder = data_dir + "/backups";
  api.live = [gateway = server->gateway_.get()] {
    return dispatcher::LiveCounts{gateway->connections(), gateway->handshakes_in_flight()};
  };
  api.webhook_loopback = config.webhook_loopback;
  auto dispatcher = dispatcher::Dispatcher::start(std::move(api), *server->log_, *server->bus_,
                                                  *server->storage_, *server->webhooks_);
  if (!dispatcher.ok()) return dispatcher.status();
  server->dispatcher_ = *std::move(dispatcher);

  const absl::StatusOr<uint16_t> gateway_port = server->gateway_->serve();
  if (!gateway_port.ok()) return gateway_port.status();
  server->ready_file_ = config.ready_file;
  internal::Ready ready;
  ready.set_pid(getpid());
  ready.set_gateway_port(*gateway_port);
  ready.set_api_port(server->dispatcher_->port());
  ready.set_grpc_port(server->dispatcher_->grpc_port());
  ready.set_api_plain_port(server->dispatcher_->plain_port());
  ready.set_admin_key_file(data_dir + "/admin.key");
  ready.set_ca_file(tls->ca_file.empty() ? config.tls_certificate : tls->ca_file);
  if (auto status = write_ready_file(config.ready_file, ready); !status.ok()) return status;
  return server;
}

Server::~Server() {
  if (!ready_file_.empty()) std::remove(ready_file_.c_str());
  if (dispatcher_ != nullptr) dispatcher_->stop();
  if (webhooks_ != nullptr) webhooks_->stop();
  if (gateway_ != nullptr) gateway_->stop();
  if (storage_ != nullptr) storage_->stop();
  if (log_ != nullptr) log_->stop();
}

}  // namespace tocsin::server
