#include <gtest/gtest.h>

#include "compare/visit.h"

namespace tocsin::bench::compare {
namespace {

constexpr char answer[] = R"({
  "format": 1,
  "connect": {"connected": 100, "reconnects": 2, "seconds": 1.5},
  "memory": {"settled": true, "user_bytes_per_connection": 700.5,
             "kernel_bytes_per_connection": 8000},
  "rounds": [
    {"delivered": 99, "missing": 1, "duplicates": 0, "p50_ms": 1, "p99_ms": 2, "p100_ms": 3,
     "server_cpu_us_per_delivery": 8.5, "server_cpu_us_per_delivery_and_acks": 21},
    {"delivered": 100, "missing": 0, "duplicates": 0, "p50_ms": 1, "p99_ms": 2, "p100_ms": 4}
  ]})";

TEST(TocsinVisit, is_read_from_the_drills_answer) {
  const absl::StatusOr<Visit> visit = visit_of_drill_json(answer);
  ASSERT_TRUE(visit.ok()) << visit.status().ToString();
  EXPECT_EQ(visit->user_bytes_per_connection, 700.5);
  EXPECT_EQ(visit->kernel_bytes_per_connection, 8000);
  EXPECT_TRUE(visit->memory_settled);
  EXPECT_EQ(visit->lost_clients, 2u);
  ASSERT_EQ(visit->rounds.size(), 2u);
  EXPECT_EQ(visit->rounds[0].missing, 1u);
  EXPECT_EQ(visit->rounds[0].cpu_us_per_delivery, 8.5);
  EXPECT_EQ(visit->rounds[0].cpu_us_per_delivery_and_acks, 21);
  EXPECT_FALSE(visit->rounds[1].cpu_us_per_delivery.has_value());
  EXPECT_EQ(visit->rounds[1].p100_ms, 4);
}

TEST(TocsinVisit, refuses_another_answer) {
  for (const char* json : {"", "[]", "{}", R"({"format": 2})", R"({"format": 1})"}) {
    EXPECT_EQ(visit_of_drill_json(json).status().code(), absl::StatusCode::kInvalidArgument)
        << json;
  }
}

}  // namespace
}  // namespace tocsin::bench::compare
