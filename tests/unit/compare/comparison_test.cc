#include "compare/comparison.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "compare/comparison_json.h"
#include "compare/comparison_table.h"
#include "compare/options.h"

namespace tocsin::compare {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

constexpr char aes[] = "TLS_AES_128_GCM_SHA256";

Visit visit_of(double user_bytes, double cpu_us, double cpu_us_and_acks) {
  Visit visit;
  visit.cipher = aes;
  visit.memory_settled = true;
  visit.user_bytes = user_bytes;
  visit.kernel_bytes = 8000;
  visit.rounds = {{100, 0, 0, cpu_us - 1, cpu_us_and_acks, 10, 20, 30},
                  {100, 0, 0, cpu_us, cpu_us_and_acks, 11, 21, 31},
                  {100, 0, 0, cpu_us + 1, cpu_us_and_acks, 12, 22, 32}};
  return visit;
}

Comparison two() {
  Comparison comparison;
  comparison.devices = 100;
  comparison.command_line = "tocsin-bench-compare -n 100";
  comparison.peers = {{std::string(tocsin_name), "Tocsin", "0.1", "", {visit_of(500, 8, 20)}},
                      {"nats", "nats-server", "2.9", "", {visit_of(35'000, 20, 22)}}};
  return comparison;
}

TEST(Comparison, divides_medians_by_tocsins) {
  const figures::Measures measures = measures_of(two());
  EXPECT_THAT(measures, Contains(Pair("nats_memory_ratio", 70)));
  EXPECT_THAT(measures, Contains(Pair("nats_cpu_ratio", 2.5)));
  EXPECT_THAT(measures, Contains(Pair("nats_cpu_and_acks_ratio", 1.1)));
  EXPECT_THAT(measures, Contains(Pair("nats_p100_ms", 31)));
  EXPECT_THAT(measures, Contains(Pair("absent_peers", 0)));
  EXPECT_THAT(measures, Not(Contains(Key("tocsin_cpu_ratio"))));
}

TEST(Comparison, takes_the_median_over_all_visits) {
  Comparison comparison = two();
  comparison.peers[1].visits.push_back(visit_of(45'000, 30, 32));
  const PeerSummary summary = summary_of(comparison.peers[1]);
  EXPECT_DOUBLE_EQ(summary.user_bytes->median, 40'000);
  EXPECT_DOUBLE_EQ(summary.cpu_us->median, 25);
  EXPECT_DOUBLE_EQ(summary.cpu_us->min, 19);
  EXPECT_DOUBLE_EQ(summary.cpu_us->max, 31);
  EXPECT_EQ(summary.delivered, 600u);
  EXPECT_EQ(summary.cipher, aes);
}

TEST(Comparison, says_when_the_cipher_differs) {
  Comparison comparison = two();
  comparison.peers[1].visits.push_back(visit_of(1, 2, 3));
  comparison.peers[1].visits.back().cipher = "TLS_CHACHA20_POLY1305_SHA256";
  EXPECT_EQ(summary_of(comparison.peers[1]).cipher, "");
  EXPECT_THAT(comparison_table(comparison, TableStyle::plain), HasSubstr("differs"));
}

TEST(Comparison, gives_an_absent_peer_no_ratio_so_that_its_target_is_missed) {
  Comparison comparison = two();
  comparison.peers[1].visits.clear();
  comparison.peers[1].absent = "not installed";
  const figures::Measures measures = measures_of(comparison);
  EXPECT_THAT(measures, Not(Contains(Key("nats_memory_ratio"))));
  EXPECT_THAT(measures, Contains(Pair("absent_peers", 1)));
  const auto missed = figures::missed_targets({{"nats_memory_ratio_min", 20}}, measures);
  ASSERT_TRUE(missed.ok());
  EXPECT_EQ(missed->size(), 1u);
  EXPECT_THAT(comparison_table(comparison, TableStyle::plain),
              HasSubstr("nats-server: not measured: not installed"));
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
  const auto section = figures::load_target_section(TOCSIN_TARGETS_FILE, "compare");
  ASSERT_TRUE(section.ok()) << section.status().ToString();
  for (const std::string& peer : all_peers()) {
    if (peer == tocsin_name) continue;
    EXPECT_THAT(*section, Contains(Key(peer + "_memory_ratio_min")));
    EXPECT_THAT(*section, Contains(Key(peer + "_cpu_ratio_min")));
  }
}

TEST(ComparisonTable, lines_up_columns_and_speaks_markdown) {
  const std::vector<std::vector<std::string>> rows = {{"a", "long head"}, {"x–y", "1"}};
  EXPECT_EQ(lay_out(rows, TableStyle::plain), "a    long head\nx–y  1\n");
  EXPECT_EQ(lay_out(rows, TableStyle::markdown), "| a | long head |\n|---|---|\n| x–y | 1 |\n");
}

TEST(ComparisonTable, states_the_setting_and_the_figures) {
  const std::string table = comparison_table(two(), TableStyle::markdown);
  EXPECT_THAT(table, HasSubstr("tocsin-bench-compare -n 100"));
  EXPECT_THAT(table, HasSubstr("| 35,000 |"));
  EXPECT_THAT(table, HasSubstr("| 20.0 [19.0–21.0] |"));
  EXPECT_THAT(table, HasSubstr("| 70.0 x |"));
}

TEST(ComparisonJson, is_json_with_every_peer) {
  google::protobuf::Struct parsed;
  const std::string json = comparison_json(two(), {"a missed one"});
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json, &parsed).ok()) << json;
  EXPECT_EQ(parsed.fields().at("peers").list_value().values_size(), 2);
  EXPECT_EQ(parsed.fields().at("missed_targets").list_value().values(0).string_value(),
            "a missed one");
  const auto& nats = parsed.fields().at("peers").list_value().values(1).struct_value();
  const auto& cpu = nats.fields().at("cpu_us_per_delivery").struct_value();
  EXPECT_EQ(cpu.fields().at("median").number_value(), 20);
}

}  // namespace
}  // namespace tocsin::compare
