#include "compare/comparison.h"

#include <algorithm>

#include "compare/options.h"

namespace tocsin::compare {
namespace {

std::optional<figures::Spread> spread_of_known(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  return figures::spread_of(values);
}

std::optional<figures::Spread> over_visits(const PeerReport& peer,
                                           std::optional<double> Visit::*member) {
  std::vector<double> values;
  for (const Visit& visit : peer.visits) {
    if ((visit.*member).has_value()) values.push_back(*(visit.*member));
  }
  return spread_of_known(values);
}

std::optional<figures::Spread> over_rounds(const PeerReport& peer,
                                           std::optional<double> Round::*member) {
  std::vector<double> values;
  for (const Visit& visit : peer.visits) {
    for (const Round& round : visit.rounds) {
      if ((round.*member).has_value()) values.push_back(*(round.*member));
    }
  }
  return spread_of_known(values);
}

figures::Spread over_rounds(const PeerReport& peer, double Round::*member) {
  std::vector<double> values;
  for (const Visit& visit : peer.visits) {
    for (const Round& round : visit.rounds) values.push_back(round.*member);
  }
  return figures::spread_of(values);
}

std::optional<double> ratio(const std::optional<figures::Spread>& peer,
                            const std::optional<figures::Spread>& tocsin) {
  if (!peer.has_value() || !tocsin.has_value() || tocsin->median <= 0) return std::nullopt;
  return peer->median / tocsin->median;
}

void put(figures::Measures& measures, const std::string& name, const std::optional<double>& value) {
  if (value.has_value()) measures[name] = *value;
}

void put_peer(figures::Measures& measures, const PeerReport& peer, const PeerSummary* tocsin) {
  const PeerSummary summary = summary_of(peer);
  const auto name = [&](const char* measure) { return peer.name + "_" + measure; };
  measures[name("missing")] = static_cast<double>(summary.missing);
  measures[name("duplicates")] = static_cast<double>(summary.duplicates);
  measures[name("lost_clients")] = summary.lost_clients;
  measures[name("p100_ms")] = summary.p100_ms.median;
  if (summary.user_bytes) measures[name("user_bytes")] = summary.user_bytes->median;
  if (summary.cpu_us) measures[name("cpu_us")] = summary.cpu_us->median;
  if (tocsin == nullptr || peer.name == tocsin_name) return;
  const Ratios ratios = ratios_of(summary, *tocsin);
  put(measures, name("memory_ratio"), ratios.memory);
  put(measures, name("cpu_ratio"), ratios.cpu);
  put(measures, name("cpu_and_acks_ratio"), ratios.cpu_and_acks);
}

}  // namespace

PeerSummary summary_of(const PeerReport& peer) {
  PeerSummary summary;
  if (!peer.visits.empty()) summary.cipher = peer.visits.front().cipher;
  for (const Visit& visit : peer.visits) {
    if (visit.cipher != summary.cipher) summary.cipher.clear();
    summary.lost_clients += visit.lost_clients;
    for (const Round& round : visit.rounds) {
      summary.delivered += round.delivered;
      summary.missing += round.missing;
      summary.duplicates += round.duplicates;
    }
  }
  summary.user_bytes = over_visits(peer, &Visit::user_bytes);
  summary.kernel_bytes = over_visits(peer, &Visit::kernel_bytes);
  summary.cpu_us = over_rounds(peer, &Round::cpu_us_per_delivery);
  summary.cpu_us_and_acks = over_rounds(peer, &Round::cpu_us_per_delivery_and_acks);
  summary.p50_ms = over_rounds(peer, &Round::p50_ms);
  summary.p99_ms = over_rounds(peer, &Round::p99_ms);
  summary.p100_ms = over_rounds(peer, &Round::p100_ms);
  return summary;
}

Ratios ratios_of(const PeerSummary& peer, const PeerSummary& tocsin) {
  return {ratio(peer.user_bytes, tocsin.user_bytes), ratio(peer.cpu_us, tocsin.cpu_us),
          ratio(peer.cpu_us_and_acks, tocsin.cpu_us_and_acks)};
}

const PeerReport* tocsin_of(const Comparison& comparison) {
  const auto found = std::find_if(
      comparison.peers.begin(), comparison.peers.end(),
      [](const PeerReport& peer) { return peer.name == tocsin_name && peer.absent.empty(); });
  return found == comparison.peers.end() ? nullptr : &*found;
}

figures::Measures measures_of(const Comparison& comparison) {
  figures::Measures measures;
  const PeerReport* tocsin = tocsin_of(comparison);
  std::optional<PeerSummary> reference;
  if (tocsin != nullptr) reference = summary_of(*tocsin);
  uint32_t absent = 0;
  for (const PeerReport& peer : comparison.peers) {
    if (peer.absent.empty()) {
      put_peer(measures, peer, reference.has_value() ? &*reference : nullptr);
    } else {
      ++absent;
    }
  }
  measures["absent_peers"] = absent;
  return measures;
}

bool all_well(const Comparison& comparison) {
  for (const PeerReport& peer : comparison.peers) {
    if (peer.name != tocsin_name) continue;
    const PeerSummary summary = summary_of(peer);
    return peer.absent.empty() && summary.missing == 0 && summary.duplicates == 0;
  }
  return true;
}

}  // namespace tocsin::compare
