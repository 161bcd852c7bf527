// tocsin-bench-api: the parts that are asked for, one after the other, each with servers of its own:
// what a part leaves behind in a server's memory would hide what the next one takes.
//
//   idle     a server; REST and gRPC connections to it, held together; nginx's
//   answers  a server; rounds of calls that only answer, nginx in turn with them
//   sends    a server with devices; rounds of sends, nginx in turn with them
//   list     for each transport a server with devices, some of them connected; one list
//
// bench/README.md says what it answers.
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

#include "api/answers.h"
#include "api/devices.h"
#include "api/options.h"
#include "api/sender.h"
#include "api/sends.h"
#include "base/clock.h"
#include "harness/figures.h"
#include "harness/memory_probe.h"
#include "harness/proc.h"
#include "harness/try.h"

namespace tocsin::bench::api {
namespace {

// What an HttpsClient has open (a socket, and libcurl's to be woken by), and what this process has
// besides.
constexpr uint64_t files_per_connection = 4;
constexpr uint64_t other_files = 256;
// Connections that are made first, and kept, so that what is made once is there.
constexpr uint32_t first_connections = 8;
constexpr int sample_ms = 20;
constexpr uint32_t look_again_ms = 5;
constexpr uint64_t delivery_timeout_ms = 60'000;
// Connections of the API besides those that are measured.
constexpr uint32_t other_connections = 24;
constexpr uint32_t connections_max = limits::http_connections_max - other_connections;
// A piece must fit in one line of JSON and in one message of gRPC.
constexpr uint32_t ids_per_piece_max = 1'800;
static_assert(ids_per_piece_max * 35 + 1024 <= limits::http_line_bytes_max);

const Program program = {"tocsin-bench-api",
                         "tocsin-bench-api - what sends cost over REST and gRPC, beside nginx.",
                         R"(Examples:
  # everything, compared with the targets
  tocsin-bench-api --spawn build/release/tocsind --json api.json --check

  # does it work at all?
  tocsin-bench-api --spawn build/release/tocsind --rounds 1 --sends 200 --connections 4
      --registered 4 --online 2 --idle 8 --idle-channels 4 --list-ids 5000

Exit code: 0 all well, 1 a list did not reach who it should or --check found a missed target, 2
wrong usage, 3 the bench could not be run, or a send was not accepted.)"};

std::string title_of(const std::string& transport) {
  if (transport == "rest") return "REST";
  return transport == "grpc" ? "gRPC" : transport;
}

class Bench {
 public:
  Bench(const Options& options, const StopSignal& stop) : options_(options), stop_(stop) {}

  absl::StatusOr<Findings> run() {
    // Idle ones are held to tocsind or to nginx; those of the rounds to both and over gRPC.
    const uint64_t connections = std::max<uint64_t>(options_.idle + options_.idle_channels,
                                                    uint64_t{3} * options_.connections);
    TOCSIN_TRY(require_files(connections * files_per_connection + other_files,
                             fmt::format("{} connections", connections)));
    if (options_.has("idle")) TOCSIN_TRY(idle());
    if (options_.has("answers")) TOCSIN_TRY(answers());
    if (options_.has("sends")) TOCSIN_TRY(sends());
    findings_.table += idle_table_;
    if (options_.has("list")) {
      TOCSIN_TRY(list("rest", make_rest_sender));
      TOCSIN_TRY(list("grpc", make_grpc_sender));
      findings_.table += fmt::format(
          "A send to a list of {} ids, {} devices among them, {} of these connected\n{}",
          options_.list_ids, options_.registered, options_.online, columns(lists_));
    }
    if (!nginx_absence_.empty()) findings_.table += "nginx: " + nginx_absence_ + "\n";
    findings_.document["all_well"] = findings_.is_well;
    findings_.document["setting"] = options_;
    findings_.document["setting"].update(
        Json{{"nginx", nginx_version_}, {"nginx_absence", nginx_absence_}, {"cpus", cpu_count()}});
    return findings_;
  }

 private:
  absl::StatusOr<ServerUnderTest> start_server() const {
    // All clients are on this machine.
    return ServerUnderTest::spawn(
        {options_.server,
         {"--api_connections_per_address_max=0", "--api_handshakes_per_address_per_s=0"},
         true},
        "bench", stop_);
  }
  absl::StatusOr<std::vector<std::string>> devices_of(ServerUnderTest& server) const {
    return register_devices(server, options_.listener, options_.registered, stop_);
  }

  absl::StatusOr<Nginx> nginx_beside(const ServerUnderTest& server) {
    TOCSIN_TAKE(Nginx nginx,
                start_nginx(options_.settings, place_of(server, options_.payload_bytes), stop_));
    nginx_absence_ = nginx.absence;
    if (nginx.process != nullptr) nginx_version_ = packaged_version(compare::nginx);
    return nginx;
  }

  // Memory of the processes below `server_pid`, bytes, once it stands still.
  absl::StatusOr<uint64_t> settled_bytes(int server_pid) const {
    return settled_value([=] { return proportional_bytes_of(process_tree(server_pid)); },
                         {1'000, 15}, stop_.pass_time());
  }

  absl::Status idle() {
    TOCSIN_TAKE(const ServerUnderTest server, start_server());
    TOCSIN_TAKE(const Nginx nginx, nginx_beside(server));
    const SendPlace place = place_of(server, options_.payload_bytes);
    idle_table_ = "Server memory for each idle connection, bytes\n";
    // Held until all is measured: memory that one frees would hide what the next takes.
    Senders held;
    TOCSIN_TRY(idle_of("rest", make_rest_sender, place, server.pid, options_.idle, held));
    TOCSIN_TRY(idle_of("grpc", make_grpc_sender, place, server.pid, options_.idle_channels, held));
    held.clear();
    if (nginx.process == nullptr) return absl::OkStatus();
    return idle_of("nginx", make_rest_sender, nginx.place, nginx.process->pid(), options_.idle,
                   held);
  }

  // Open `count` connections, with one call each: growth of the server's memory for each of them.
  // What the first few cost once is not in it.
  absl::Status idle_of(const std::string& name, MakeSender make, const SendPlace& place,
                       int server_pid, uint32_t count, Senders& held) {
    const auto open = [&](uint32_t more) -> absl::Status {
      for (uint32_t i = 0; i < more; ++i) {
        TOCSIN_TRY(stop_.check());
        TOCSIN_TRY(add_senders(make, place, 1, held));
        TOCSIN_TRY(held.back()->warm_up());
      }
      return absl::OkStatus();
    };
    TOCSIN_TRY(open(first_connections));
    TOCSIN_TAKE(const uint64_t before, settled_bytes(server_pid));
    TOCSIN_TRY(open(count));
    TOCSIN_TAKE(const uint64_t after, settled_bytes(server_pid));
    const double bytes = (static_cast<double>(after) - static_cast<double>(before)) / count;
    findings_.measures[fmt::format("idle_{}_bytes", name)] = bytes;
    idle_table_ += fmt::format("  {:<22} {:.0f} (of {})\n", title_of(name), bytes, count);
    return absl::OkStatus();
  }

  absl::Status answers() {
    TOCSIN_TAKE(ServerUnderTest server, start_server());
    TOCSIN_TAKE(const Nginx nginx, nginx_beside(server));
    return measure_answers(options_, server, nginx, stop_, findings_);
  }

  absl::Status sends() {
    TOCSIN_TAKE(ServerUnderTest server, start_server());
    TOCSIN_TAKE(const std::vector<std::string> devices, devices_of(server));
    TOCSIN_TAKE(const Nginx nginx, nginx_beside(server));
    return measure_sends(options_, server, devices, nginx, stop_, findings_);
  }

  // The time until a list is accepted and until it is everywhere, and the most memory the server
  // takes for it. Devices that do not get it in time are missing in `delivered`; only a list that is
  // not accepted is an error.
  absl::Status list(const std::string& name, MakeSender make) {
    TOCSIN_TAKE(ServerUnderTest server, start_server());
    TOCSIN_TAKE(const std::vector<std::string> devices, devices_of(server));
    TOCSIN_TAKE(const OnlineDevices online,
                OnlineDevices::start(server, options_.listener, options_.online, stop_));
    TOCSIN_TAKE(const auto sender, make(place_of(server, options_.payload_bytes)));
    sender->prepare_list(ids_with(devices, options_.list_ids), options_.ids_per_piece);
    TOCSIN_TRY(sender->warm_up());
    TOCSIN_TRY(server.api.warm_up(server.keys));
    TOCSIN_TRY(settled_bytes(server.pid).status());
    const uint64_t before_bytes = resident_bytes_now(server.pid);
    ResidentWatch watch(server.pid, sample_ms);
    const uint64_t start_ns = monotonic_ns();
    const absl::StatusOr<std::string> message_id = sender->send_list();
    const double accept_ms = ms_since(start_ns);
    TOCSIN_TRY(message_id.status());
    const uint64_t deadline_ms = monotonic_ms() + delivery_timeout_ms;
    const auto last_ns = online.wait_for_last_ns(*message_id, deadline_ms, stop_);
    if (absl::IsCancelled(last_ns.status())) return last_ns.status();
    const double last_device_ms = ms_between(start_ns, last_ns.ok() ? *last_ns : monotonic_ns());
    Books books;
    TOCSIN_TRY(follow_report(server, *message_id, deadline_ms, books));
    const double report_ms = ms_since(start_ns);
    watch.end();
    const uint64_t memory_bytes = std::max(watch.peak(), before_bytes) - before_bytes;
    const double memory_mib = mebibytes(memory_bytes);
    const bool is_right = books.targeted == devices.size() && books.delivered == options_.online;
    const std::string key = "list_" + name;
    findings_.document[key] = {{"accept_ms", accept_ms},       {"last_device_ms", last_device_ms},
                               {"report_ms", report_ms},       {"memory_bytes", memory_bytes},
                               {"registered", devices.size()}, {"online", options_.online},
                               {"targeted", books.targeted},   {"delivered", books.delivered}};
    Json& measures = findings_.measures;
    measures[key + "_accept_ms"] = accept_ms;
    measures[key + "_last_device_ms"] = last_device_ms;
    measures[key + "_report_ms"] = report_ms;
    measures[key + "_memory_mib"] = memory_mib;
    // Over both transports.
    measures["list_memory_mib"] = std::max(measures.value("list_memory_mib", 0.0), memory_mib);
    measures["lists_not_right"] = measures.value("lists_not_right", 0) + (is_right ? 0 : 1);
    findings_.is_well = findings_.is_well && is_right;
    lists_.push_back({title_of(name), fmt::format("{:.0f}", accept_ms),
                      fmt::format("{:.0f}", last_device_ms), fmt::format("{:.0f}", report_ms),
                      fmt::format("{:.1f}", memory_mib),
                      fmt::format("{} of {}", books.delivered, options_.online)});
    return absl::OkStatus();
  }

  // Read the report until it says what it should, or for as long as that may take.
  absl::Status follow_report(ServerUnderTest& server, const std::string& message_id,
                             uint64_t deadline_ms, Books& books) const {
    const auto is_right = [&] {
      // The report may follow the answer a moment later.
      books = server.api.books(server.keys, message_id).value_or(Books());
      return books.targeted == options_.registered && books.delivered == options_.online;
    };
    return stop_.wait_until(is_right, deadline_ms, look_again_ms).status();
  }

  const Options& options_;
  const StopSignal& stop_;
  Findings findings_;
  std::string nginx_version_;  // empty: not measured
  std::string nginx_absence_;  // why not
  std::string idle_table_;
  Rows lists_ = {
      {"", "accepted, ms", "last device, ms", "in the report, ms", "memory, MiB", "delivered"}};
};

absl::StatusOr<Findings> run(const Options& options) {
  const StopSignal stop;
  return Bench(options, stop).run();
}

}  // namespace

void Options::declare() {
  text("--spawn", server, "Path of the tocsind to start")->required();
  text("--listener", listener, "Path of tocsin-listen (default: beside tocsind)");
  value("--settings", settings, "Folder with nginx's settings");
  some_parts("What to measure");
  number("--registered", registered, 1, 10'000, "Devices of the app");
  number("--payload-bytes", payload_bytes, 1,
         limits::message_content_bytes_max - limits::data_key_bytes_max,
         "Bytes of data in a message");
  number("--rounds", rounds, 1, 1000, "Rounds of sends, REST, gRPC and nginx in turn");
  number("--sends", sends, 1, 10'000'000, "Sends of each in a round");
  number("--connections", connections, 1, connections_max, "Connections of each, and threads");
  number("--shared-connections", shared_connections, 1, connections_max,
         "Connections that are shared by many calls");
  number("--streams", streams, 1, 100, "Calls at once on each of those");
  number("--idle", idle, 1, connections_max, "Idle REST connections");
  number("--idle-channels", idle_channels, 1, connections_max, "Idle gRPC connections");
  number("--list-ids", list_ids, 1, limits::list_ids_max,
         "Ids in the list, all devices among them");
  number("--ids-per-piece", ids_per_piece, 1, ids_per_piece_max, "Ids in one line or message");
  number("--online", online, 1, 500, "Devices that are connected for the list");
}

std::string Options::finish(const CLI::App&) {
  if (registered > list_ids) return "--list-ids: must be at least --registered";
  if (online > registered) return "--online: must be at most --registered";
  if (listener.empty()) {
    listener = (std::filesystem::path(server).parent_path() / "tocsin-listen").string();
  }
  return {};
}

}  // namespace tocsin::bench::api

int main(int argc, char** argv) {
  using namespace tocsin::bench::api;
  return run_bench(program, argc, argv, run);
}
