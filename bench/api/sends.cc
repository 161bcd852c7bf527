#include "api/sends.h"

#include <atomic>
#include <fmt/format.h>
#include <latch>
#include <thread>

#include "base/clock.h"
#include "harness/figures.h"
#include "harness/memory_probe.h"
#include "harness/proc.h"
#include "harness/try.h"

namespace tocsin::bench::api {
namespace {

// A server that takes no more than 2 ms of CPU in 100 ms is at rest; it is waited for at most 3 s.
constexpr Patience at_rest = {100, 3, 2'000'000, 100};

struct SendFigures {
  double sends_per_s = 0;
  double cpu_us_per_send = 0;  // of the server
  double p50_ms = 0;           // from the call to its answer
  double p99_ms = 0;
};

struct FigureName {
  const char* key;
  const char* head;
  double SendFigures::*member;
  int digits;
};
constexpr FigureName figures[] = {
    {"sends_per_s", "sends per s", &SendFigures::sends_per_s, 0},
    {"cpu_us_per_send", "server CPU, us a send", &SendFigures::cpu_us_per_send, 1},
    {"p50_ms", "p50, ms", &SendFigures::p50_ms, 2},
    {"p99_ms", "p99, ms", &SendFigures::p99_ms, 2}};

// One of those that take turns.
struct Contestant {
  std::string key;
  std::string title;
  int server_pid = 0;
  Senders senders;
  std::vector<SendFigures> rounds;
};

// One connection's part of a round.
struct Lane {
  Sender* sender = nullptr;
  size_t number = 0;
  absl::Status status;
  std::vector<uint64_t> waits_ns;
};

// What all connections of a round have in common.
struct Course {
  std::latch ready;
  std::latch go{1};
  std::atomic<bool> is_over{false};
  size_t lanes;
  uint32_t sends;
  const std::vector<std::string>& devices;
  const StopSignal& stop;
};

// Every `lanes`-th send is this lane's.
absl::Status send_all(Lane& lane, const Course& course) {
  for (size_t i = lane.number; i < course.sends && !course.is_over; i += course.lanes) {
    TOCSIN_TRY(course.stop.check());
    const uint64_t start_ns = monotonic_ns();
    TOCSIN_TRY(lane.sender->send(course.devices[i % course.devices.size()]));
    lane.waits_ns.push_back(monotonic_ns() - start_ns);
  }
  return absl::OkStatus();
}

void run_lane(Lane& lane, Course& course) {
  lane.waits_ns.reserve(course.sends / course.lanes + 1);
  lane.status = lane.sender->warm_up();
  course.ready.count_down();
  course.go.wait();
  if (lane.status.ok()) lane.status = send_all(lane, course);
  if (!lane.status.ok()) course.is_over = true;
}

absl::StatusOr<SendFigures> run_round(const Contestant& contestant, const Options& options,
                                      const std::vector<std::string>& devices,
                                      const StopSignal& stop) {
  const std::vector<int> pids = process_tree(contestant.server_pid);
  std::vector<Lane> lanes(contestant.senders.size());
  Course course{std::latch(static_cast<ptrdiff_t>(lanes.size())),
                std::latch(1),
                false,
                lanes.size(),
                options.sends,
                devices,
                stop};
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < lanes.size(); ++i) {
    lanes[i].sender = contestant.senders[i].get();
    lanes[i].number = i;
    threads.emplace_back([&lane = lanes[i], &course] { run_lane(lane, course); });
  }
  course.ready.wait();
  const absl::StatusOr<uint64_t> cpu_before_ns = cpu_ns_at_rest(pids, stop);
  if (!cpu_before_ns.ok()) course.is_over = true;
  const uint64_t start_ns = monotonic_ns();
  course.go.count_down();
  threads.clear();
  const double seconds = seconds_since(start_ns);
  TOCSIN_TRY(cpu_before_ns.status());
  std::vector<uint64_t> waits_ns;
  for (const Lane& lane : lanes) {
    TOCSIN_TRY(lane.status);
    waits_ns.insert(waits_ns.end(), lane.waits_ns.begin(), lane.waits_ns.end());
  }
  TOCSIN_TAKE(const uint64_t cpu_after_ns, cpu_ns_at_rest(pids, stop));
  const Series waits_ms = milliseconds(waits_ns);
  return SendFigures{options.sends / seconds,
                     static_cast<double>(cpu_after_ns - *cpu_before_ns) / 1e3 / options.sends,
                     waits_ms.percentile(50), waits_ms.percentile(99)};
}

void tell_ratio(const std::string& key, const std::string& title, const Contestant& above,
                const Contestant& below, double SendFigures::*member, Findings& findings) {
  Series ratio;  // of the same round
  for (size_t i = 0; i < above.rounds.size(); ++i) {
    ratio.add(above.rounds[i].*member / (below.rounds[i].*member));
  }
  findings.document["sends"][key] = ratio;
  findings.measures[key] = ratio.median();
  findings.table += range_line(title, ratio, 3);
}

void tell(const Options& options, const std::vector<Contestant>& all, Findings& findings) {
  Rows rows = {{""}};
  for (const FigureName& figure : figures) rows[0].emplace_back(figure.head);
  for (const Contestant& contestant : all) {
    rows.push_back({contestant.title});
    for (const FigureName& figure : figures) {
      const Series series = series_of(contestant.rounds, figure.member);
      findings.document["sends"][contestant.key][figure.key] = series;
      findings.measures[contestant.key + "_" + figure.key] = series.median();
      rows.back().push_back(range_text(series, figure.digits));
    }
  }
  findings.table += fmt::format(
      "Durable sends to single devices over {} connections: median (min-max) of {} rounds of "
      "{}\n{}",
      options.connections, options.rounds, options.sends, columns(rows));
  const Contestant& rest = all[0];
  const Contestant& grpc = all[1];
  if (all.size() > 2) {
    tell_ratio("cpu_rest_to_nginx_ratio", "CPU, REST / nginx", rest, all[2],
               &SendFigures::cpu_us_per_send, findings);
    tell_ratio("cpu_grpc_to_nginx_ratio", "CPU, gRPC / nginx", grpc, all[2],
               &SendFigures::cpu_us_per_send, findings);
    tell_ratio("rate_rest_to_nginx_ratio", "rate, REST / nginx", rest, all[2],
               &SendFigures::sends_per_s, findings);
  }
  tell_ratio("cpu_grpc_to_rest_ratio", "CPU, gRPC / REST", grpc, rest,
             &SendFigures::cpu_us_per_send, findings);
  tell_ratio("rate_grpc_to_rest_ratio", "rate, gRPC / REST", grpc, rest, &SendFigures::sends_per_s,
             findings);
}

}  // namespace

absl::StatusOr<Nginx> start_nginx(const std::string& settings_folder, const SendPlace& like,
                                  const StopSignal& stop) {
  TOCSIN_TAKE(const std::string answer, answer_to_send(like));
  auto process = compare::PeerProcess::start(compare::nginx, settings_folder, false, stop,
                                             {{"ANSWER", answer}});
  if (absl::IsNotFound(process.status())) {
    return Nginx{nullptr, std::string(process.status().message()), {}};
  }
  TOCSIN_TRY(process.status());
  Nginx nginx{std::make_unique<compare::PeerProcess>(*std::move(process)), {}, like};
  nginx.place.rest_url = fmt::format("https://127.0.0.1:{}", nginx.process->port());
  nginx.place.grpc_address.clear();
  nginx.place.ca_pem = nginx.process->ca_pem();
  return nginx;
}

absl::StatusOr<uint64_t> cpu_ns_at_rest(const std::vector<int>& pids, const StopSignal& stop) {
  return settled_value([&] { return cpu_ns_of(pids); }, at_rest, stop.pass_time());
}

absl::Status measure_sends(const Options& options, const ServerUnderTest& server,
                           const std::vector<std::string>& devices, const Nginx& nginx,
                           const StopSignal& stop, Findings& findings) {
  const SendPlace place = place_of(server, options.payload_bytes);
  std::vector<Contestant> all(nginx.process == nullptr ? 2 : 3);
  all[0] = {"rest", "REST", server.pid, {}, {}};
  all[1] = {"grpc", "gRPC", server.pid, {}, {}};
  TOCSIN_TRY(add_senders(make_rest_sender, place, options.connections, all[0].senders));
  TOCSIN_TRY(add_senders(make_grpc_sender, place, options.connections, all[1].senders));
  if (nginx.process != nullptr) {
    all[2] = {"nginx", "nginx, a constant", nginx.process->pid(), {}, {}};
    TOCSIN_TRY(add_senders(make_rest_sender, nginx.place, options.connections, all[2].senders));
  }
  for (uint32_t round = 0; round < options.rounds; ++round) {
    for (size_t turn = 0; turn < all.size(); ++turn) {
      Contestant& contestant = all[(round + turn) % all.size()];
      TOCSIN_TAKE(const SendFigures figures_of_round,
                  run_round(contestant, options, devices, stop));
      contestant.rounds.push_back(figures_of_round);
    }
  }
  tell(options, all, findings);
  return absl::OkStatus();
}

}  // namespace tocsin::bench::api
