#include "figures/json_writer.h"

#include <gtest/gtest.h>

namespace tocsin::figures {
namespace {

TEST(JsonWriterTest, NestsEscapesAndTrims) {
  JsonWriter json;
  json.begin_object();
  json.text("a\"b", "line\nbreak\\");
  json.begin_array("empty");
  json.end_array();
  json.number("third", 1.0 / 3);
  json.number("whole", 10);
  json.number("never", 0.0 / 0.0);
  json.end_object();
  EXPECT_EQ(json.document(),
            "{\n"
            "  \"a\\\"b\": \"line\\u000abreak\\\\\",\n"
            "  \"empty\": [],\n"
            "  \"third\": 0.333333,\n"
            "  \"whole\": 10,\n"
            "  \"never\": null\n"
            "}\n");
}

}  // namespace
}  // namespace tocsin::figures
