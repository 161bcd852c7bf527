#include "tests/crash/run.h"

#include <algorithm>
#include <fmt/format.h>
#include <poll.h>

#include "base/clock.h"
#include "base/limits.h"

namespace tocsin::crash {
namespace {

constexpr int look_again_ms = 2;
constexpr uint64_t fault_ms_max = 20'000;   // a point nobody passed until then
constexpr uint64_t devices_ms_max = 3'000;  // waiting for them before the load
constexpr uint32_t rest_ms_max = 25;        // of a caller between two ops
constexpr uint32_t long_rest_ms_max = 250;  // in a long life
constexpr size_t look_back_every = 20;

}  // namespace

Run::Run(const Options& options, bench::TempDir folder)
    : options_(options),
      folder_(std::move(folder)),
      started_at_ms_(monotonic_ms()),
      fleet_(model_),
      workload_(options.seed, options.devices, model_, fleet_, gate_),
      auditor_(model_, fleet_, workload_),
      server_(options.server, folder_.path()) {}

Outcome Run::go() {
  if (!start("") || !workload_.begin(server_.address())) {
    model_.complain("the server does not take the first apps");
    return outcome();
  }
  workload_.start_callers(options_.callers);
  server_.stop();
  for (uint64_t k = 0; k < options_.kills && is_well() && !is_over(); ++k) {
    const KillPlan plan = plan_kill(options_.seed, k);
    const bool is_alive = live_and_die(plan);
    const bool is_last = k + 1 == options_.kills || is_over();
    const bool is_audit = (k + 1) % options_.audit_every == 0 || is_last;
    if (is_alive && is_well() && is_audit) audit(is_last);
    if (!is_alive || !is_well()) {
      model_.complain(fmt::format("(noticed at kill {} of the seed, {})", k + 1, plan.name()));
    }
  }
  return outcome();
}

bool Run::is_over() const {
  return options_.minutes > 0 &&
         monotonic_ms() - started_at_ms_ >= options_.minutes * uint64_t{60'000};
}

bool Run::start(const std::string& fault) {
  absl::Status status = server_.spawn(fault);
  if (status.ok()) status = server_.wait_until_ready();
  if (!status.ok()) {
    const bool by_fault = !fault.empty() && !server_.is_running() && server_.was_killed();
    if (!by_fault) {
      model_.complain(
          fmt::format("{}; its log ends:\n{}", std::string(status.message()), server_.log_end()));
    }
    return by_fault;
  }
  outcome_.start_ms.push_back(server_.start_ms());
  fleet_.server_is(server_.address());
  return true;
}

void Run::wait_for_devices() {
  const uint64_t deadline_ms = monotonic_ms() + devices_ms_max;
  while (server_.is_running() && monotonic_ms() < deadline_ms &&
         fleet_.live() < fleet_.size() * 3 / 4) {
    poll(nullptr, 0, look_again_ms);
  }
}

bool Run::live_and_die(const KillPlan& plan) {
  if (plan.kind == KillPlan::Kind::starting) {
    if (!server_.spawn("").ok()) return false;
    poll(nullptr, 0, static_cast<int>(plan.delay_ms));
    server_.kill();
    note_death(plan.name());
    return server_.was_killed();
  }
  if (!start(plan.fault())) return false;
  if (plan.devices_first) wait_for_devices();
  const bool is_long = plan.kind == KillPlan::Kind::long_life;
  if (server_.is_running()) {
    gate_.open(server_.address(), is_long ? long_rest_ms_max : rest_ms_max);
  }
  const bool died_itself = wait_for_end(plan);
  server_.kill();
  gate_.close();
  if (!server_.was_killed()) {
    model_.complain(fmt::format("the server died by itself ({}); its log ends:\n{}",
                                server_.how_it_ended(), server_.log_end()));
    return false;
  }
  const bool missed = plan.kind == KillPlan::Kind::fault && !died_itself;
  note_death(missed ? plan.name() + ", not reached" : plan.name());
  return true;
}

// True when it died before it had to be killed.
bool Run::wait_for_end(const KillPlan& plan) {
  const uint64_t begun_at_ms = monotonic_ms();
  const auto is_time = [&] {
    const uint64_t age_ms = monotonic_ms() - begun_at_ms;
    switch (plan.kind) {
      case KillPlan::Kind::fault:
      case KillPlan::Kind::starting:
        return age_ms >= fault_ms_max;
      case KillPlan::Kind::any_time:
        return gate_.begun() >= plan.after_ops;
      case KillPlan::Kind::long_life:
        return age_ms >= limits::store_flush_interval_ms;
    }
    return true;
  };
  while (!is_time()) {
    if (!server_.is_running()) return true;
    poll(nullptr, 0, look_again_ms);
  }
  poll(nullptr, 0, static_cast<int>(plan.delay_ms));
  return !server_.is_running();
}

void Run::note_death(const std::string& name) {
  ++outcome_.kills[name];
  ++outcome_.kills_count;
}

void Run::audit(bool is_last) {
  if (!start("")) return;
  auditor_.look(server_.address());
  ++outcome_.audits;
  if (!is_well()) return;
  auditor_.look_back(server_.address(), is_last ? 1 : look_back_every);
  say_progress();
  if (outcome_.audits % 2 == 0 && !is_last) {
    server_.kill();
    note_death("at rest");
  } else if (server_.stop()) {
    ++outcome_.orderly_ends;
  } else {
    model_.complain(fmt::format("told to stop, the server ended with {}; its log ends:\n{}",
                                server_.how_it_ended(), server_.log_end()));
  }
}

void Run::say_progress() const {
  const ModelCounts counts = model_.counts();
  fmt::print(
      "{:4} s  {:4} kills  {:6} accepted  {:7} shown  {:5} repeats on the wire  start {} ms\n",
      (monotonic_ms() - started_at_ms_) / 1000, outcome_.kills_count, counts.accepted, counts.shown,
      counts.wire_repeats, server_.start_ms());
  std::fflush(stdout);
}

Outcome Run::outcome() {
  server_.kill();
  gate_.close();
  gate_.stop();
  outcome_.complaints = model_.complaints();
  if (!outcome_.complaints.empty()) folder_.keep();
  outcome_.folder = folder_.path();
  outcome_.reports_read = auditor_.reports_read();
  outcome_.devices = fleet_.size();
  outcome_.apps = model_.apps().size();
  outcome_.waits_cut = fleet_.waits_cut();
  outcome_.op_counts = workload_.op_counts();
  for (const Workload::OpCount& count : outcome_.op_counts) outcome_.ops += count.count;
  outcome_.counts = model_.counts();
  outcome_.took_ms = monotonic_ms() - started_at_ms_;
  std::sort(outcome_.start_ms.begin(), outcome_.start_ms.end());
  return outcome_;
}

}  // namespace tocsin::crash
