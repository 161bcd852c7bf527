#include "drill/report.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "drill/progress.h"
#include "drill/report_json.h"
#include "drill/report_table.h"

namespace tocsin::drill {
namespace {

using testing::HasSubstr;
using testing::Not;

RoundReport good_round(double p100_ms) {
  RoundReport round;
  round.message_id = "0123456789abcdef";
  round.expected = 900;
  round.delivered = 900;
  round.accepted_ms = 2.25;
  round.p50_ms = p100_ms / 2;
  round.p100_ms = p100_ms;
  round.server_cpu_us_per_delivery = 8.5;
  round.books = Books{1000, 100, 900, 0, 0};
  round.books_closed = true;
  return round;
}

Report good_report() {
  Report report;
  report.priority = "alert";
  report.payload_bytes = 150;
  report.workers = 1;
  report.cpus = 2;
  report.cpu_model = "A \"quoted\" CPU";
  report.connect.devices = 1000;
  report.connect.stuck = 100;
  report.connect.connected = 1000;
  report.connect.handshakes_per_s = 1500;
  report.connect.handshakes_full = 40;
  report.connect.handshakes_resumed = 1960;
  report.memory.before.servers_rss_bytes = 40'000'000;
  report.memory.after.servers_rss_bytes = 40'512'000;
  report.memory.user_bytes_per_connection = 512;
  report.rounds = {good_round(30), good_round(10), good_round(20)};
  return report;
}

google::protobuf::Struct parsed(const std::string& json) {
  google::protobuf::Struct object;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &object).ok()) << json;
  return object;
}

TEST(ReportTest, MeasuresAreMediansOfTimesAndSumsOfCounts) {
  Report report = good_report();
  report.rounds[1].missing = 2;
  report.rounds[2].missing = 1;
  report.rounds[2].books_closed = false;
  const figures::Measures measures = measures_of(report);
  EXPECT_DOUBLE_EQ(measures.at("p100_ms"), 20);
  EXPECT_DOUBLE_EQ(measures.at("missing"), 3);
  EXPECT_DOUBLE_EQ(measures.at("books_not_closed"), 1);
  EXPECT_DOUBLE_EQ(measures.at("user_bytes_per_connection"), 512);
  EXPECT_DOUBLE_EQ(measures.at("server_cpu_us_per_delivery"), 8.5);
  EXPECT_DOUBLE_EQ(measures.at("not_connected"), 0);
}

Report competing_report() {
  Report report = good_report();
  for (const RoundReport& round : report.rounds) {
    CompetingReport competing;
    competing.alert = good_round(round.p100_ms + 6);
    competing.broadcast = good_round(round.p100_ms * 2);
    competing.p100_ratio = competing.alert.p100_ms / round.p100_ms;
    competing.broadcast_percent_at_alert = 12;
    report.competing.push_back(competing);
  }
  return report;
}

TEST(ReportTest, CompetingIsJudgedByPairsAndMissedBroadcastsCount) {
  Report report = competing_report();
  figures::Measures measures = measures_of(report);
  EXPECT_DOUBLE_EQ(measures.at("competing_p100_ratio"), 1.3);  // of 1.2, 1.6 and 1.3
  EXPECT_DOUBLE_EQ(measures.at("alert_alone_p100_ms"), 20);
  EXPECT_DOUBLE_EQ(measures.at("alert_competing_p100_ms"), 26);
  EXPECT_DOUBLE_EQ(measures.at("broadcast_percent_at_alert"), 12);
  EXPECT_DOUBLE_EQ(measures.at("p100_ms"), 20);
  EXPECT_TRUE(all_well(report));
  report.competing[1].broadcast.missing = 3;
  measures = measures_of(report);
  EXPECT_DOUBLE_EQ(measures.at("missing"), 3);
  EXPECT_FALSE(all_well(report));
  EXPECT_EQ(measures_of(good_report()).count("competing_p100_ratio"), 0u);
}

TEST(ReportTest, ServersFinishApartByTheMedianOfTheRounds) {
  Report report = good_report();
  report.rounds[0].spread_between_servers_ms = figures::Spread{5, 4, 9};
  report.rounds[1].spread_between_servers_ms = figures::Spread{5, 4, 5};
  report.rounds[2].spread_between_servers_ms = figures::Spread{5, 4, 6};
  EXPECT_DOUBLE_EQ(measures_of(report).at("spread_between_servers_ms"), 2);
  EXPECT_THAT(report_table(report), HasSubstr("(4.0 to 9.0) round 1"));
}

TEST(ReportTest, AFleetThatWasCutSaysSo) {
  Report report = good_report();
  report.asked_devices = 5000;
  report.limited_by = "no room";
  EXPECT_THAT(report_table(report), HasSubstr("5,000    no room"));
  const auto object = parsed(report_json(report, {}));
  const auto& setting = object.fields().at("setting").struct_value().fields();
  EXPECT_EQ(setting.at("asked_devices").number_value(), 5000);
  EXPECT_EQ(setting.at("limited_by").string_value(), "no room");
}

TEST(ReportTest, WhatWasNotMeasuredIsAbsent) {
  Report report = good_report();
  report.memory.user_bytes_per_connection.reset();
  for (RoundReport& round : report.rounds) round.server_cpu_us_per_delivery.reset();
  const figures::Measures measures = measures_of(report);
  EXPECT_EQ(measures.count("user_bytes_per_connection"), 0u);
  EXPECT_EQ(measures.count("server_cpu_us_per_delivery"), 0u);
  EXPECT_THAT(report_json(report, {}), Not(HasSubstr("server_cpu_us_per_delivery")));
  EXPECT_THAT(report_table(report), HasSubstr("not measured"));
}

TEST(ReportTest, OneDeviceThatMissesOrGetsItTwiceOrIsNotThereIsNotWell) {
  EXPECT_TRUE(all_well(good_report()));
  Report missing = good_report();
  missing.rounds[1].missing = 1;
  EXPECT_FALSE(all_well(missing));
  Report twice = good_report();
  twice.rounds[0].app_duplicates = 1;
  EXPECT_FALSE(all_well(twice));
  Report absent = good_report();
  absent.connect.connected = 999;
  EXPECT_FALSE(all_well(absent));
  Report repeated = good_report();
  repeated.rounds[0].wire_duplicates = 5;  // at least once on the wire is the promise
  EXPECT_TRUE(all_well(repeated));
}

TEST(ReportJsonTest, IsJsonWithTheDocumentedKeys) {
  const auto object = parsed(report_json(good_report(), {"p100_ms_max: too slow"}));
  const auto& fields = object.fields();
  EXPECT_EQ(fields.at("format").number_value(), 1);
  EXPECT_TRUE(fields.at("all_well").bool_value());
  const auto& setting = fields.at("setting").struct_value().fields();
  EXPECT_EQ(setting.at("devices").number_value(), 1000);
  EXPECT_EQ(setting.at("stuck").number_value(), 100);
  EXPECT_EQ(setting.at("cpu_model").string_value(), "A \"quoted\" CPU");
  EXPECT_EQ(fields.at("measures").struct_value().fields().at("p100_ms").number_value(), 20);
  EXPECT_EQ(fields.at("memory").struct_value().fields().at("server_rss_bytes_after").number_value(),
            40'512'000);
  const auto& rounds = fields.at("rounds").list_value();
  ASSERT_EQ(rounds.values_size(), 3);
  const auto& round = rounds.values(0).struct_value().fields();
  EXPECT_EQ(round.at("delivered").number_value(), 900);
  EXPECT_EQ(round.at("accepted_ms").number_value(), 2.25);
  EXPECT_EQ(round.at("books").struct_value().fields().at("pending").number_value(), 100);
  const auto& spread = fields.at("spread").struct_value().fields().at("p100_ms");
  EXPECT_EQ(spread.struct_value().fields().at("max").number_value(), 30);
  EXPECT_EQ(fields.at("missed_targets").list_value().values(0).string_value(),
            "p100_ms_max: too slow");
}

TEST(ReportJsonTest, CompetingRoundsHaveBothMessages) {
  Report report = competing_report();
  report.stuck = StuckReport{123, 4};
  const auto object = parsed(report_json(report, {}));
  const auto& pair = object.fields().at("competing").list_value().values(1).struct_value().fields();
  EXPECT_EQ(pair.at("p100_ratio").number_value(), 1.6);
  EXPECT_EQ(pair.at("alert").struct_value().fields().at("p100_ms").number_value(), 16);
  EXPECT_EQ(pair.at("broadcast").struct_value().fields().at("delivered").number_value(), 900);
  const auto& stuck = object.fields().at("stuck").struct_value().fields();
  EXPECT_EQ(stuck.at("unread_bytes").number_value(), 123);
  EXPECT_EQ(stuck.at("closed_by_server").number_value(), 4);
  const auto& spread = object.fields().at("spread").struct_value().fields();
  EXPECT_EQ(spread.at("competing_p100_ratio").struct_value().fields().at("max").number_value(),
            1.6);
}

TEST(ReportTableTest, HasUnitsRangesAndTheVerdict) {
  const std::string table = report_table(good_report());
  EXPECT_THAT(table, HasSubstr("20.0 ms   (10.0 to 30.0)"));
  EXPECT_THAT(table, HasSubstr("512 B"));
  EXPECT_THAT(table, HasSubstr("targeted 1,000 = delivered 900 + pending 100"));
  EXPECT_THAT(table, HasSubstr("each exactly once"));
  Report bad = good_report();
  bad.rounds[0].missing = 4;
  EXPECT_THAT(report_table(bad), HasSubstr("NOT WELL: 0 not connected, 4 missed"));
}

TEST(ReportTableTest, CommasEveryThreeDigits) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(12'345'678), "12,345,678");
}

TEST(ProgressTest, LineHasShareRateAndTimeToGo) {
  EXPECT_EQ(progress_line(0, 10, 0), "connected 0 / 10 (0 %)");
  EXPECT_EQ(progress_line(4'200, 10'000, 2'000),
            "connected 4,200 / 10,000 (42 %), 2,100/s, 3 s to go");
  EXPECT_EQ(progress_line(10'000, 10'000, 5'000), "connected 10,000 / 10,000 (100 %), 2,000/s");
}

TEST(ProgressTest, AFileGetsALineForEachTenth) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  {
    Progress progress(out, false, 100, 0);
    for (uint64_t done = 0; done <= 100; ++done) progress.show(done, done * 10);
    progress.finish();
  }
  std::fclose(out);
  EXPECT_EQ(std::count(text, text + size, '\n'), 10);
  std::free(text);
}

TEST(ReportTest, ResumedHandshakesAreNeverPassedOffAsFullOnes) {
  const Report report = good_report();
  EXPECT_THAT(report_table(report), HasSubstr("40    full, 1,960 resumed"));
  const auto connect = parsed(report_json(report, {})).fields().at("connect").struct_value();
  EXPECT_EQ(connect.fields().at("handshakes_full").number_value(), 40);
  EXPECT_EQ(connect.fields().at("handshakes_resumed").number_value(), 1960);
  EXPECT_EQ(measures_of(report).at("handshakes_full"), 40);
  EXPECT_EQ(measures_of(report).at("handshakes_resumed"), 1960);
}

}  // namespace
}  // namespace tocsin::drill
