// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Iterator;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.MutableRecordBatch;
import org.apache.kafka.common.record.Record;

/**
 * What Kafka's own classes make of the bytes that fuzz/verdicts.cc prints: reads its lines and
 * prints NAME TAB yes|no TAB CONTENT for each; the content has the same form.
 */
public final class KafkaVerdicts {
  private static final HexFormat HEX = HexFormat.of();

  private KafkaVerdicts() {}

  public static void main(String[] words) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.ISO_8859_1));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] parts = line.split("\t", -1);
      out.print(parts[0] + "\t");
      try {
        out.print("yes\t" + content(parts) + "\n");
      } catch (Throwable refused) {
        out.print("no\t" + refused.toString().replaceAll("[^ -~]", "?") + "\n");
      }
    }
    out.flush();
  }

  private static String content(String[] parts) {
    ByteBuffer bytes = ByteBuffer.wrap(HEX.parseHex(parts[4]));
    if (parts[1].equals("batch")) {
      return batch(bytes);
    }
    ApiMessageType api = ApiMessageType.fromApiKey(Short.parseShort(parts[2]));
    short version = Short.parseShort(parts[3]);
    boolean request = parts[1].equals("request");
    short headerVersion =
        request ? api.requestHeaderVersion(version) : api.responseHeaderVersion(version);
    ApiMessage header = request ? new RequestHeaderData() : new ResponseHeaderData();
    ApiMessage message = request ? api.newRequest() : api.newResponse();
    ByteBufferAccessor from = new ByteBufferAccessor(bytes);
    header.read(from, headerVersion);
    message.read(from, version);
    return written(header, headerVersion) + written(message, version);
  }

  private static String written(Message message, short version) {
    ObjectSerializationCache cache = new ObjectSerializationCache();
    ByteBuffer bytes = ByteBuffer.allocate(message.size(cache, version));
    message.write(new ByteBufferAccessor(bytes), cache, version);
    return HEX.formatHex(bytes.array());
  }

  private static String batch(ByteBuffer bytes) {
    Iterator<MutableRecordBatch> batches =
        MemoryRecords.readableRecords(bytes).batches().iterator();
    if (!batches.hasNext()) {
      throw new IllegalArgumentException("no batch");
    }
    MutableRecordBatch batch = batches.next();
    batch.ensureValid();
    StringBuilder text = new StringBuilder();
    text.append(batch.baseOffset()).append(' ').append(batch.lastOffset()).append(' ')
        .append(batch.producerId()).append(' ').append(batch.producerEpoch()).append(' ')
        .append(batch.baseSequence()).append(' ').append(batch.sizeInBytes());
    for (Record record : batch) {
      text.append(" [").append(record.offset()).append(' ').append(record.timestamp()).append(' ')
          .append(hex(record.key())).append(' ').append(hex(record.value()));
      for (Header header : record.headers()) {
        text.append(' ').append(HEX.formatHex(header.key().getBytes(StandardCharsets.UTF_8)))
            .append('=').append(header.value() == null ? "null" : HEX.formatHex(header.value()));
      }
      text.append(']');
    }
    return text.toString();
  }

  private static String hex(ByteBuffer bytes) {
    if (bytes == null) {
      return "null";
    }
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return HEX.formatHex(copy);
  }
}
