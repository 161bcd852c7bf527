#include "compare/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compare/options.h"
#include "harness/targets.h"

namespace tocsin::bench::compare {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;

constexpr char aes[] = "TLS_AES_128_GCM_SHA256";

Visit visit_of(double user_bytes, double cpu_us, double cpu_us_and_acks) {
  Visit visit;
  visit.cipher = aes;
  visit.memory_settled = true;
  visit.user_bytes_per_connection = user_bytes;
  visit.kernel_bytes_per_connection = 8000;
  visit.rounds = {{100, 0, 0, cpu_us - 1, cpu_us_and_acks, 10, 20, 30},
                  {100, 0, 0, cpu_us, cpu_us_and_acks, 11, 21, 31},
                  {100, 0, 0, cpu_us + 1, cpu_us_and_acks, 12, 22, 32}};
  return visit;
}

Comparison two() {
  Comparison comparison;
  comparison.devices = 100;
  comparison.command_line = "tocsin-bench-compare -n 100";
  comparison.peers = {{std::string(tocsin_name), "Tocsin", "0.1", {}, {visit_of(500, 8, 20)}},
                      {"nats", "nats-server", "2.9", {}, {visit_of(35'000, 20, 22)}}};
  return comparison;
}

TEST(Comparison, divides_medians_by_tocsins) {
  const Json measures = measures_of(two());
  EXPECT_EQ(number_at(measures, "nats_memory_ratio"), 70);
  EXPECT_EQ(number_at(measures, "nats_cpu_ratio"), 2.5);
  EXPECT_EQ(number_at(measures, "nats_cpu_and_acks_ratio"), 1.1);
  EXPECT_EQ(number_at(measures, "nats_p100_ms"), 31);
  EXPECT_EQ(number_at(measures, "absent_peers"), 0);
  EXPECT_EQ(number_at(measures, "tocsin_cpu_ratio"), std::nullopt);
}

TEST(Comparison, takes_the_median_over_all_visits) {
  Comparison comparison = two();
  comparison.peers[1].visits.push_back(visit_of(45'000, 30, 32));
  PeerSummary summary = summary_of(comparison.peers[1]);
  EXPECT_DOUBLE_EQ(summary.figures["user_bytes_per_connection"].median(), 40'000);
  EXPECT_DOUBLE_EQ(summary.figures["cpu_us_per_delivery"].median(), 25);
  EXPECT_DOUBLE_EQ(summary.figures["cpu_us_per_delivery"].min(), 19);
  EXPECT_DOUBLE_EQ(summary.figures["cpu_us_per_delivery"].max(), 31);
  EXPECT_EQ(summary.delivered, 600u);
  EXPECT_EQ(summary.cipher, aes);
}

TEST(Comparison, says_when_the_cipher_differs) {
  Comparison comparison = two();
  comparison.peers[1].visits.push_back(visit_of(1, 2, 3));
  comparison.peers[1].visits.back().cipher = "TLS_CHACHA20_POLY1305_SHA256";
  EXPECT_EQ(summary_of(comparison.peers[1]).cipher, "");
  EXPECT_THAT(table_of(comparison, false), HasSubstr("differs"));
}

TEST(Comparison, gives_an_absent_peer_no_ratio_so_that_its_target_is_missed) {
  Comparison comparison = two();
  comparison.peers[1].visits.clear();
  comparison.peers[1].absent = "not installed";
  const Json measures = measures_of(comparison);
  EXPECT_EQ(number_at(measures, "nats_memory_ratio"), std::nullopt);
  EXPECT_EQ(number_at(measures, "absent_peers"), 1);
  EXPECT_EQ(missed_targets({{"nats_memory_ratio_min", 20}}, measures).size(), 1u);
  EXPECT_THAT(table_of(comparison, false), HasSubstr("nats-server: not measured: not installed"));
}

TEST(Comparison, is_not_well_when_tocsin_loses_repeats_or_is_absent) {
  EXPECT_TRUE(all_well(two()));
  Comparison lost = two();
  lost.peers[0].visits[0].rounds[1].missing = 1;
  EXPECT_FALSE(all_well(lost));
  Comparison twice = two();
  twice.peers[0].visits[0].rounds[1].duplicates = 1;
  EXPECT_FALSE(all_well(twice));
  Comparison absent = two();
  absent.peers[0].absent = "no such file";
  EXPECT_FALSE(all_well(absent));
  Comparison others_lost = two();
  others_lost.peers[1].visits[0].rounds[1].missing = 1;
  EXPECT_TRUE(all_well(others_lost));
}

TEST(Comparison, has_targets_that_all_peers_can_be_held_to) {
  const auto section = load_target_section(TOCSIN_TARGETS_FILE, "compare");
  ASSERT_TRUE(section.ok()) << section.status().ToString();
  for (const std::string& peer : all_peers()) {
    if (peer == tocsin_name) continue;
    EXPECT_THAT(*section, Contains(Key(peer + "_memory_ratio_min")));
    EXPECT_THAT(*section, Contains(Key(peer + "_cpu_ratio_min")));
  }
}

TEST(ComparisonTable, states_the_setting_and_the_figures) {
  const std::string table = table_of(two(), true);
  EXPECT_THAT(table, HasSubstr("tocsin-bench-compare -n 100"));
  EXPECT_THAT(table, HasSubstr("| 35,000 |"));
  EXPECT_THAT(table, HasSubstr("| 20.0 [19.0–21.0] |"));
  EXPECT_THAT(table, HasSubstr("| 70.0 x |"));
}

TEST(ComparisonJson, is_json_with_every_peer) {
  const Json document = parse_object(text_of(json_of(two())));
  ASSERT_EQ(document["peers"].size(), 2u);
  const Json& nats = document["peers"][1];
  EXPECT_EQ(nats["cpu_us_per_delivery"]["median"], 20);
  EXPECT_EQ(nats["visits"][0]["rounds"][0]["p100_ms"], 30);
  EXPECT_EQ(nats.count("absent"), 0u);
}

}  // namespace
}  // namespace tocsin::bench::compare
