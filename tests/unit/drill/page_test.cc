#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drill/report.h"

namespace tocsin::bench::drill {
namespace {

using testing::HasSubstr;
using testing::Not;

Report some_report() {
  Report report;
  report.setting.priority = "alert";
  report.setting.payload_bytes = 150;
  report.setting.limited_by = "a <small> machine";
  report.command = "tocsin-drill --app '</script>'";
  report.setting.devices = report.connect.connected = 1000;
  RoundReport round;
  round.expected = round.delivered = 1000;
  round.p50_ms = 12.5;
  round.p100_ms = 40;
  round.books_closed = true;
  round.curve = {{10, 0.2}, {12.5, 0.5}, {40, 1}};
  report.rounds = {round, round};
  report.competing = {{round, round, 12, 1.5}};
  report.timeline.samples = {{0.25, 1e8, 2e7, 10, 20}, {0.5, 1.1e8, 3e7, 90, 80}};
  report.timeline.marks = {{0, "at rest"}, {0.3, "connect"}};
  return report;
}

std::string page() {
  const Report report = some_report();
  Json document = json_of(report);
  document["measures"] = measures_of(report);
  document["missed_targets"] = Json::array();
  return page_of(report, document);
}

// What the page's script is given.
Json data_of(const std::string& page) {
  const std::string begin = "type=\"application/json\">";
  const size_t at = page.find(begin) + begin.size();
  return parse_object(page.substr(at, page.find("</script>", at) - at));
}

TEST(PageTest, HoldsTheDocumentAndWhatTheChartsNeed) {
  const Json data = data_of(page());
  EXPECT_EQ(data["setting"]["limited_by"], "a <small> machine");
  EXPECT_EQ(data["command"], "tocsin-drill --app '</script>'");
  EXPECT_EQ(data["rounds"][1]["curve"][2], Json::array({40, 1}));
  EXPECT_EQ(data["competing"][0]["alert"]["curve"][0], Json::array({10, 0.2}));
  EXPECT_EQ(data["timeline"]["samples"][1], Json::array({0.5, 1.1e8, 3e7, 90, 80}));
  EXPECT_EQ(data["timeline"]["marks"][1], Json::array({0.3, "connect"}));
}

TEST(PageTest, IsOneWholeFileThatRefersToNothingOutside) {
  const std::string text = page();
  EXPECT_TRUE(text.starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(text.ends_with("</html>\n"));
  for (const char* reference : {"http:", "https:", "src=", "href=", "@import", "url(", "@DATA@"}) {
    EXPECT_THAT(text, Not(HasSubstr(reference)));
  }
}

TEST(PageTest, WhatOthersSaidCannotEndItsScript) {
  EXPECT_THAT(page(), Not(HasSubstr("'</script>'")));
  EXPECT_THAT(page(), Not(HasSubstr("A <fast>")));
}

}  // namespace
}  // namespace tocsin::bench::drill
