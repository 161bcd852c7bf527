#include "cli/calls/event_stream.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "cli/spark.h"

namespace tocsin::cli {
namespace {

TEST(EventStreamTest, EventsComeOutWhereverTheBytesAreCut) {
  const std::string text =
      "id: 1\ndata: {\"a\":1}\n\n: alive\n\nevent: end\ndata: {}\n\ndata: one\ndata:two\n\n";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    EventStream stream;
    std::vector<ServerEvent> events;
    for (const std::string& part : {text.substr(0, cut), text.substr(cut)}) {
      ASSERT_TRUE(stream.add(part));
      for (auto event = stream.next(); event; event = stream.next()) events.push_back(*event);
    }
    ASSERT_EQ(events.size(), 3u) << cut;
    EXPECT_EQ(events[0].name, "");
    EXPECT_EQ(events[0].data, "{\"a\":1}");
    EXPECT_EQ(events[1].name, "end");
    EXPECT_EQ(events[1].data, "{}");
    EXPECT_EQ(events[2].data, "one\ntwo");
  }
}

TEST(EventStreamTest, AnEventWithoutEndIsRefused) {
  EventStream stream;
  EXPECT_TRUE(stream.add("data: "));
  EXPECT_FALSE(stream.add(std::string(limits::http_answer_bytes_max, 'x')));
}

TEST(SparkTest, TheLargestIsFullAndNeighboursAreAddedUp) {
  EXPECT_EQ(spark({}, 10), "");
  EXPECT_EQ(spark({0, 0}, 10), "▁▁");
  EXPECT_EQ(spark({0, 7, 14}, 10), "▁▄█");
  EXPECT_EQ(spark({1, 1, 4, 4}, 2), "▂█");
}

}  // namespace
}  // namespace tocsin::cli
