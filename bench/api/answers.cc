#include "api/answers.h"

#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <vector>

#include "harness/child_process.h"
#include "harness/figures.h"
#include "harness/files.h"
#include "harness/proc.h"
#include "harness/try.h"

namespace tocsin::bench::api {
namespace {

constexpr uint32_t look_ms = 10;
constexpr const char* program = "/usr/bin/h2load";  // of the Debian package nghttp2-client
constexpr const char* rest_path = "/v1/status";
constexpr const char* grpc_path = "/tocsin.v1.Server/GetStatus";
// A message of no bytes, behind the five bytes that say so.
constexpr std::array<char, 5> empty_grpc_message = {};

enum class Protocol { http1, grpc };

// One of those that take turns.
struct Contestant {
  std::string key;
  std::string title;
  Protocol protocol = Protocol::http1;
  uint32_t connections = 0;
  uint32_t streams = 1;  // of each
  std::string url = {};
  int server_pid = 0;
  bool is_nginx = false;
  std::vector<double> cpu_us = {};  // of each round, per call
};

class AnswerBench {
 public:
  AnswerBench(const Options& options, ServerUnderTest& server, TempDir folder,
              const StopSignal& stop)
      : options_(options), server_(server), folder_(std::move(folder)), stop_(stop) {}

  absl::Status run(const Nginx& nginx, Findings& findings) {
    line_up(nginx);
    TOCSIN_TRY(write_file(folder_.path() + "/message",
                          {empty_grpc_message.data(), empty_grpc_message.size()}));
    for (uint32_t round = 0; round < options_.rounds; ++round) {
      for (size_t turn = 0; turn < all_.size(); ++turn) {
        TOCSIN_TRY(run_round(all_[(round + turn) % all_.size()]));
      }
    }
    tell(findings);
    return absl::OkStatus();
  }

 private:
  void line_up(const Nginx& nginx) {
    const uint32_t many = options_.connections;
    const std::string grpc_url = server_.api_url + grpc_path;
    all_ = {
        {"status_rest", "REST", Protocol::http1, many, 1, server_.api_url + rest_path, server_.pid},
        {"status_grpc", "gRPC", Protocol::grpc, many, 1, grpc_url, server_.pid},
        {"status_grpc_streams", "gRPC, many streams", Protocol::grpc, options_.shared_connections,
         options_.streams, grpc_url, server_.pid}};
    if (nginx.process == nullptr) return;
    all_.push_back({"status_nginx", "nginx, a constant", Protocol::http1, many, 1,
                    nginx.place.rest_url + rest_path, nginx.process->pid(), true});
  }

  absl::Status run_round(Contestant& contestant) {
    TOCSIN_TAKE(const uint64_t answered_before, answered(contestant));
    const std::vector<int> pids = process_tree(contestant.server_pid);
    TOCSIN_TAKE(const uint64_t before_ns, cpu_ns_at_rest(pids, stop_));
    TOCSIN_TRY(load(contestant));
    TOCSIN_TAKE(const uint64_t after_ns, cpu_ns_at_rest(pids, stop_));
    TOCSIN_TAKE(const uint64_t answered_after, answered(contestant));
    if (!contestant.is_nginx && answered_after - answered_before != options_.sends) {
      return absl::InternalError(fmt::format("{}: {} of {} calls were answered well",
                                             contestant.title, answered_after - answered_before,
                                             options_.sends));
    }
    contestant.cpu_us.push_back(static_cast<double>(after_ns - before_ns) / 1e3 / options_.sends);
    return absl::OkStatus();
  }

  absl::Status load(const Contestant& contestant) {
    const std::string log = folder_.path() + "/h2load";
    std::filesystem::remove(log);  // a child adds to what is there
    absl::StatusOr<ChildProcess> h2load = ChildProcess::start({command_of(contestant), log});
    if (absl::IsNotFound(h2load.status())) {
      return absl::NotFoundError(
          fmt::format("{} is not installed: install the package nghttp2-client", program));
    }
    TOCSIN_TRY(h2load.status());
    while (h2load->is_running()) TOCSIN_TRY(stop_.sleep_ms(look_ms));
    const std::string wanted =
        fmt::format("status codes: {} 2xx, 0 3xx, 0 4xx, 0 5xx", options_.sends);
    if (file_text(log).find(wanted) != std::string::npos) return absl::OkStatus();
    return absl::FailedPreconditionError(fmt::format("h2load ({}): not all calls were answered\n{}",
                                                     contestant.title, end_of_log(log)));
  }

  std::vector<std::string> command_of(const Contestant& contestant) const {
    std::vector<std::string> command = {
        program, fmt::format("--requests={}", options_.sends),
        fmt::format("--clients={}", contestant.connections),
        fmt::format("--max-concurrent-streams={}", contestant.streams),
        "--header=authorization: Bearer " + server_.admin_key};
    if (contestant.protocol == Protocol::http1) {
      command.emplace_back("--h1");
    } else {
      command.insert(command.end(),
                     {"--header=content-type: application/grpc", "--header=te: trailers",
                      "--data=" + folder_.path() + "/message"});
    }
    command.push_back(contestant.url);
    return command;
  }

  // How many calls of this kind the server has answered well.

  absl::StatusOr<uint64_t> answered(const Contestant& contestant) {
    if (contestant.is_nginx) return 0;
    const char* transport = contestant.protocol == Protocol::grpc ? "grpc" : "rest";
    TOCSIN_TAKE(const double count,
                server_.api.counter(
                    server_.admin_key, "tocsin_api_answers_total",
                    fmt::format(R"(call="GetStatus",status="200",transport="{}")", transport)));
    return static_cast<uint64_t>(count);
  }

  void tell(Findings& findings) const {
    Rows rows = {{"", "connections", "streams of each", "server CPU, us a call"}};
    for (const Contestant& contestant : all_) {
      const Series cpu_us(contestant.cpu_us);
      findings.document["answers"][contestant.key]["cpu_us_per_call"] = cpu_us;
      findings.measures[contestant.key + "_cpu_us_per_call"] = cpu_us.median();
      rows.push_back({contestant.title, fmt::format("{}", contestant.connections),
                      fmt::format("{}", contestant.streams), range_text(cpu_us, 1)});
    }
    findings.table +=
        fmt::format("A call that only answers: median (min-max) of {} rounds of {}\n{}",
                    options_.rounds, options_.sends, columns(rows));
    if (all_.size() > 3) {
      tell_ratio("cpu_status_to_nginx_ratio", "CPU, REST / nginx", all_[0], all_[3], findings);
    }
    tell_ratio("cpu_streams_to_connections_ratio", "CPU, many streams / many connections", all_[2],
               all_[1], findings);
  }

  void tell_ratio(const std::string& key, const std::string& title, const Contestant& above,
                  const Contestant& below, Findings& findings) const {
    Series ratio;  // of the same round
    for (size_t i = 0; i < options_.rounds; ++i) {
      ratio.add(above.cpu_us[i] / below.cpu_us[i]);
    }
    findings.document["answers"][key] = ratio;
    findings.measures[key] = ratio.median();
    findings.table += range_line(title, ratio, 3);
  }

  const Options& options_;
  ServerUnderTest& server_;
  const TempDir folder_;
  const StopSignal& stop_;
  std::vector<Contestant> all_;  // REST, gRPC, gRPC on few connections, nginx
};

}  // namespace

absl::Status measure_answers(const Options& options, ServerUnderTest& server, const Nginx& nginx,
                             const StopSignal& stop, Findings& findings) {
  TOCSIN_TAKE(TempDir folder, TempDir::create());
  return AnswerBench(options, server, std::move(folder), stop).run(nginx, findings);
}

}  // namespace tocsin::bench::api
