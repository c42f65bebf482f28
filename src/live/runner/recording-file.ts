import * as fs from 'fs';
import * as path from 'path';

/** A file that grows by whole lines, and replaces no other one. */
export class RecordingFile {
  /** Creates the file, and its folder. Fails if the file exists. */
  public static async create(file: string): Promise<RecordingFile> {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    // flows are personal data: other users of the machine need not read them
    return new RecordingFile(file, await fs.promises.open(file, 'wx', 0o600));
  }

  /** Bytes of whole lines. */
  public length = 0;

  private constructor(
    private readonly file: string,
    private readonly handle: fs.promises.FileHandle,
  ) {}

  /** Writes whole lines. If they do not fit on the disk, none of them stays. */
  public async write(lines: string): Promise<void> {
    try {
      await this.handle.writeFile(lines);
      this.length += Buffer.byteLength(lines);
    } catch (error) {
      await this.handle.truncate(this.length).catch(() => undefined);
      throw error;
    }
  }

  /** Closes the file, and removes one without lines. */
  public async close(): Promise<void> {
    await this.handle.close();
    if (this.length === 0) {
      fs.rmSync(this.file, { force: true });
    }
  }
}
