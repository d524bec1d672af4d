package io.penstock.server.face.openrouter;

import io.netty.buffer.ByteBuf;
import io.penstock.server.face.Face.Facts;
import java.nio.charset.StandardCharsets;

/**
 * Chat completions as OpenRouter shows them (OPENROUTER sections 4 and 5, and what the closed schemas of its own SDK refuse):
 *
 * <ul>
 *   <li>{@code id}, {@code object}, {@code created}, {@code model} and {@code provider} are ours;
 *   <li>{@code usage} is ours: in a stream once, at its end, whichever events the provider put it in; what tells a vendor's
 *       counts elsewhere ({@code x_groq} and the like) is dropped, and so is an event that then says nothing;
 *   <li>{@code finish_reason} is one of five words, or null; {@code native_finish_reason} is the provider's;
 *   <li>pieces of tool calls bear the index of their call, whatever the provider calls it; a call without an id gets one; a call
 *       in the older form, {@code function_call}, is a tool call like others unless the client asked in that form;
 *   <li>{@code reasoning_content} becomes {@code reasoning} and {@code reasoning_details};
 *   <li>nulls that the schemas refuse are left out; {@code system_fingerprint} is always in a whole answer, never null in a
 *       stream.
 * </ul>
 *
 * <p>All else passes byte for byte. An event that is not a JSON object is dropped, because every client's parser would stop
 * at it; the relay goes on, and what it delivered is counted. Event loop only.
 */
public final class ChatDialect extends Dialect {
    private final Bill bill;
    private final ChatForm form;

    /**
     * The bill is looked at only in {@link #end}.
     *
     * @param legacy for OpenAI's older completions, which differ in little
     * @param olderCalls whether the client asked with {@code functions}, and so reads {@code function_call}
     */
    public ChatDialect(Facts facts, Bill bill, boolean legacy, boolean olderCalls) {
        this.bill = bill;
        this.form = new ChatForm(facts, legacy, olderCalls);
    }

    @Override
    boolean event(JsonCopy json, ByteBuf out) {
        json.raw("data: ");
        boolean says = form.chunk(json);
        json.raw("\n\n");
        return says;
    }

    @Override
    public void end(ByteBuf out) {
        out.writeCharSequence(
                "data: " + form.chunkHead() + ",\"choices\":[],\"usage\":" + UsageJson.chat(bill)
                        + "}\n\ndata: [DONE]\n\n",
                StandardCharsets.UTF_8);
    }

    /** A whole answer anew, with what the constructor knows; see {@link Dialect#whole}. */
    public static ByteBuf plain(Facts facts, Bill bill, boolean legacy, boolean olderCalls, ByteBuf answer) {
        String usage = UsageJson.chat(bill);
        return whole(answer, json -> new ChatForm(facts, legacy, olderCalls).whole(json, usage));
    }
}
